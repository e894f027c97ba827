import { describe, expect, it } from '@jest/globals';
import type { Road } from '@sunbeon/core/ports';
import { until } from '@sunbeon/testing';
import { PARTITIONS, sized, staticGroup } from '../fixtures/static-group.js';
import { Worker } from '../fixtures/worker.js';

/** All that a member is told of its partitions, even that nothing has changed. */
function heard(road: Road): { road: Road; calls: string[] } {
  const calls: string[] = [];
  const consumer: Road['consumer'] = async (options) => {
    const inner = await road.consumer(options);
    const run = inner.run.bind(inner);
    inner.run = (receiver) =>
      run({
        onAssigned: (partitions) => (calls.push('assigned'), receiver.onAssigned(partitions)),
        onRevoked: (partitions) => (calls.push('revoked'), receiver.onRevoked(partitions)),
        onLost: (partitions) => (calls.push('lost'), receiver.onLost(partitions)),
        onRecords: (records) => receiver.onRecords(records),
      });
    return inner;
  };
  return { road: { ...road, consumer }, calls };
}

describe('a static member that restarts within its session', () => {
  it('disturbs nobody, gets back what it had and repeats nothing', async () => {
    const { as, of, send, end } = await staticGroup();
    const { road, calls } = heard(as('b'));
    const [a, b] = [await Worker.start(as('a'), of), await Worker.start(road, of)];
    await sized(3, a, b);
    await send(20);
    calls.length = 0;
    await a.stop();
    await send(20);
    const again = await Worker.start(as('a'), of);
    await send(20);
    await until(() => of.journal.done.length >= 60 * 10 * PARTITIONS, { what: 'all records done' });
    expect({ calls, sizes: [again.size, b.size] }).toEqual({ calls: [], sizes: [3, 3] });
    await end(again, b);
    expect({ lost: of.journal.lost, clashes: of.journal.clashes }).toEqual({ lost: [], clashes: [] });
    expect(of.journal.done.length).toBe(new Set(of.journal.done).size);
  });

  it('gets what it wants now, if that is something else', async () => {
    const { as, of, other, end } = await staticGroup();
    const a = await Worker.start(as('a'), of);
    await sized(PARTITIONS, a);
    await a.stop();
    const again = await Worker.start(as('a'), { ...of, topic: other });
    await sized(PARTITIONS, again);
    await end(again);
  });

  it('lets go of what it was letting go', async () => {
    const { as, of, end } = await staticGroup();
    const a = await as('a').consumer({ group: of.group, topics: [of.topic] });
    let isDraining = false;
    const onRevoked = (): Promise<void> => ((isDraining = true), new Promise(() => undefined));
    await a.run({ onAssigned: () => undefined, onRecords: () => undefined, onLost: () => undefined, onRevoked });
    const b = await Worker.start(as('b'), of);
    await until(() => isDraining, { what: 'a drain that does not end' });
    await a.disconnect();
    const again = await Worker.start(as('a'), of);
    await sized(3, again, b);
    await end(again, b);
  });
});
