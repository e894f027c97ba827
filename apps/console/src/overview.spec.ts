import { describe, expect, it } from '@jest/globals';
import type { QueueOverview } from '@sunbeon/kafka';
import { toOverview } from './overview.js';

const flights: QueueOverview = {
  queue: 'flight.recorded',
  topic: 'flight.recorded',
  kind: 'event',
  contracts: ['flight.recorded'],
  partitions: 6,
  groups: [
    { group: 'airport-stats', state: 'Stable', members: ['one', 'two'], lag: 5, retrying: 1 },
    { group: 'delay-watch', state: 'Stable', members: ['two'], lag: 7, retrying: 0 },
  ],
  total: 2_000,
  buried: 1,
  paused: [],
};
const math: QueueOverview = { ...flights, queue: 'default', topic: 'default', kind: 'task', groups: [] };

describe('the overview', () => {
  it('sums the groups of a queue and keeps them beside the sums', () => {
    const [queue] = toOverview([flights], 0).queues;
    expect(queue).toEqual({ ...flights, waiting: 12, retrying: 1 });
  });

  it('lists a worker once, with all that it reads, sorted', () => {
    expect(toOverview([flights], 0).workers).toEqual([
      { worker: 'one', processes: 1, groups: ['airport-stats'], queues: ['flight.recorded'] },
      { worker: 'two', processes: 1, groups: ['airport-stats', 'delay-watch'], queues: ['flight.recorded'] },
    ]);
  });

  it('counts a process once though it is another member of each group', () => {
    const member = (name: string, digit: string) => `${name}-${'01234567-89ab-cdef-0123-456789abcde'}${digit}`;
    const groups = [
      {
        group: 'airport-stats',
        state: 'Stable',
        members: [member('worker', '1'), member('worker', '2')],
        lag: 0,
        retrying: 0,
      },
      { group: 'delay-watch', state: 'Stable', members: [member('worker', '3')], lag: 0, retrying: 0 },
    ];
    expect(toOverview([{ ...flights, groups }], 0).workers).toEqual([
      { worker: 'worker', processes: 2, groups: ['airport-stats', 'delay-watch'], queues: ['flight.recorded'] },
    ]);
  });

  it('sorts queues by name and says when it was read', () => {
    const overview = toOverview([flights, math], Date.UTC(2026, 10, 21));
    expect(overview.queues.map(({ queue, waiting }) => [queue, waiting])).toEqual([
      ['default', 0],
      ['flight.recorded', 12],
    ]);
    expect(overview.at).toBe('2026-11-21T00:00:00.000Z');
  });
});
