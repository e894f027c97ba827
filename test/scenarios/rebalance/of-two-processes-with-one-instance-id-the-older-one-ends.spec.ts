import { expect, it } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { until } from '@sunbeon/testing';
import { PARTITIONS, sized, staticGroup } from '../fixtures/static-group.js';
import { Worker } from '../fixtures/worker.js';

it('of two processes with one instance id the older one ends and says why', async () => {
  const { as, of, send, end } = await staticGroup();
  const events = [new Events(), new Events()] as const;
  const said: unknown[][] = [[], []];
  for (const [i, one] of events.entries())
    one.on('client.failed', ({ error, restarting }) => said[i]!.push([error.code, restarting]));
  const older = await Worker.start(as('a', events[0]), of);
  await sized(PARTITIONS, older);
  const newer = await Worker.start(as('a', events[1]), of);
  await until(() => said[0]!.length > 0, { what: 'the older one is told' });
  await send(2);
  await until(() => of.journal.done.length >= 20 * PARTITIONS, { what: 'all records done' });
  expect([older.isMember, older.size, newer.isMember, newer.size]).toEqual([false, 0, true, PARTITIONS]);
  await end(older, newer);
  expect(said).toEqual([[['INSTANCE_FENCED', false]], []]);
});
