import { describe, expect, jest, test } from '@jest/globals';
import type { TaskContext } from './context.js';
import { defineEvent, defineTask } from './contract.js';
import { createEnvelope, withChanges } from './envelope.js';
import { SunbeonError } from './errors.js';
import { Events } from './events.js';
import { followUps, handlerLogger } from './followups.js';
import type { Message } from './ports.js';

const mail = defineTask({ name: 'mail.send', queue: 'mail', input: 'string', key: (to) => to });
const sent = defineEvent({ name: 'mail.sent', schema: 'string' });
const parent = createEnvelope({
  id: 'parent',
  type: 'order.ship',
  source: 'elsewhere',
  timeMs: 1_700_000_000_000,
  traceparent: '00-aa-bb-01',
  tracestate: 'x=1',
});

/** What one attempt of a handler that calls `act` sends. */
async function attempt(act: (enqueue: TaskContext['enqueue']) => Promise<unknown>, from = parent): Promise<Message[]> {
  const messages: Message[] = [];
  await act(followUps(from, { send: async (batch) => void messages.push(...batch), source: 'shop' }));
  return messages;
}

const ids = (messages: readonly Message[]): string[] => messages.map((message) => message.envelope.id);

describe('followUps', () => {
  test('carry the parent, its time and its trace, and the key of their contract', async () => {
    const [message] = await attempt((enqueue) => enqueue(mail, 'a@b'));
    expect(message).toMatchObject({
      contract: mail,
      payload: 'a@b',
      envelope: {
        type: 'mail.send',
        source: 'shop',
        parentId: 'parent',
        key: 'a@b',
        timeMs: parent.timeMs,
        attempt: 1,
      },
    });
    expect(message!.envelope).toMatchObject({ traceparent: '00-aa-bb-01', tracestate: 'x=1' });
  });

  test('are the same in every attempt that makes the same calls, and give the id back', async () => {
    const given: string[] = [];
    const act = async (enqueue: TaskContext['enqueue']): Promise<void> => {
      for (const to of ['a', 'b']) given.push(await enqueue(mail, to), await enqueue(sent, to));
      given.push(await enqueue(mail, 'c', { name: 'copy' }));
    };
    const first = ids(await attempt(act));
    const second = ids(await attempt(act, withChanges(parent, { attempt: 2 })));
    expect(second).toEqual(first);
    expect(given).toEqual([...first, ...second]);
    expect(new Set(first).size).toBe(5);
  });

  test('have other ids for another parent', async () => {
    const act = (enqueue: TaskContext['enqueue']): Promise<unknown> => enqueue(mail, 'a');
    expect(ids(await attempt(act))).not.toEqual(ids(await attempt(act, withChanges(parent, { id: 'other' }))));
  });

  test('with a name keep their id, and so do those without, when a call between them comes or goes', async () => {
    const withCopy = await attempt(async (enqueue) => {
      await enqueue(mail, 'boss', { name: 'copy' });
      await enqueue(mail, 'a');
    });
    const without = await attempt((enqueue) => enqueue(mail, 'a'));
    expect(ids(withCopy)[1]).toBe(ids(without)[0]);
  });

  test('named like a number are not the call of that number', async () => {
    const messages = await attempt(async (enqueue) => {
      await enqueue(mail, 'a');
      await enqueue(mail, 'b', { name: '0' });
    });
    expect(new Set(ids(messages)).size).toBe(2);
  });

  test('that cannot be sent fail in the handler', async () => {
    const send = async (): Promise<void> => Promise.reject(new SunbeonError('SEND_FAILED', 'no'));
    await expect(followUps(parent, { send, source: 's' })(mail, 'a')).rejects.toMatchObject({ code: 'SEND_FAILED' });
  });
});

test('a handler’s lines leave as events with its facts; a cause becomes plain data', () => {
  const events = new Events();
  const heard = jest.fn();
  events.on('handler.logged', heard);
  const facts = { id: '1', contract: 'c', attempt: 2 };
  const logger = handlerLogger(facts, events);
  logger.log('a');
  logger.warn('b');
  logger.error('c', new TypeError('oops'));
  expect(heard.mock.calls).toEqual([
    [{ ...facts, level: 'log', message: 'a' }],
    [{ ...facts, level: 'warn', message: 'b' }],
    [
      {
        ...facts,
        level: 'error',
        message: 'c',
        error: expect.objectContaining({ name: 'TypeError', message: 'oops' }),
      },
    ],
  ]);
});
