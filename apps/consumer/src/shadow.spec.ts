import { expect, test } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { shadowEnded } from './shadow.js';

const NONE = { queue: 'q', matched: 1, compared: 1, same: 0, different: 0, mended: 0, failed: 0, unknown: 0, followUps: {}, examples: [] }; // prettier-ignore
const error = { code: 'REGISTRY_UNAVAILABLE', name: 'SunbeonError', message: 'away', retriable: true };

test.each([
  [{ same: 1 }, 0],
  [{ mended: 1 }, 0],
  [{ unknown: 1 }, 0],
  [{ different: 1 }, 1],
  [{ failed: 1 }, 1],
  [{ error }, 1],
])('of %j it is told, and the exit code is %i once that has gone out', async (counts, code) => {
  const [events, told] = [new Events(), [] as string[]];
  const written = Promise.withResolvers<() => void>();
  const stdout = { write: (text: string, done: () => void) => (told.push(text), written.resolve(done)) };
  const ended = shadowEnded(events, { stdout });
  events.emit('shadow.ended', { ...NONE, ...counts });
  (await written.promise)();
  expect(await ended).toBe(code);
  expect(told).toEqual([`${JSON.stringify({ shadow: { ...NONE, ...counts } })}\n`]);
});

test('its supervisor is told instead, where there is one', async () => {
  const [events, told] = [new Events(), [] as object[]];
  const send = (message: object, done: () => void) => (told.push(message), done());
  const ended = shadowEnded(events, { stdout: process.stdout, send });
  events.emit('shadow.ended', NONE);
  expect([await ended, told]).toEqual([0, [{ shadow: NONE }]]);
});
