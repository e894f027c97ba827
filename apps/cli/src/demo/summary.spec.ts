import { expect, test } from '@jest/globals';
import type { TaskResult } from '@sunbeon/core/ports';
import { summarise } from './summary.js';
import type { Tally } from './tally.js';

/** As much of a tally as the summary looks at: one label with outcomes that took so long. */
function tallyOf(tookMs: readonly number[], status: TaskResult['status'] = 'succeeded'): Tally {
  const outcomes = tookMs.map((ms, at): TaskResult => ({ id: `${at}`, contract: 'x', status, attempt: 1, sentMs: 5_000, atMs: 5_000 + ms })); // prettier-ignore
  const sent = new Map([['x', new Set(outcomes.map(({ id }) => id))]]);
  return { sent, outcomesOf: () => outcomes } as unknown as Tally;
}

const took = { readySeconds: 1.26, demoSeconds: 12.34 };

test.each([
  { tookMs: [], p50Ms: null, p99Ms: null },
  { tookMs: [7], p50Ms: 7, p99Ms: 7 },
  { tookMs: [9, 1], p50Ms: 1, p99Ms: 9 },
  { tookMs: [30, 10, 20], p50Ms: 20, p99Ms: 30 },
  { tookMs: Array.from({ length: 100 }, (_, i) => 100 - i), p50Ms: 50, p99Ms: 99 },
  { tookMs: Array.from({ length: 101 }, (_, i) => i), p50Ms: 50, p99Ms: 99 },
])('quantiles are nearest-rank: p50 $p50Ms, p99 $p99Ms', ({ tookMs, p50Ms, p99Ms }) => {
  expect(summarise(tallyOf(tookMs), took).contracts['x']).toMatchObject({ p50Ms, p99Ms, sent: tookMs.length });
});

test('only what succeeded has a latency, and seconds have one decimal', () => {
  const summary = summarise(tallyOf([5, 6], 'buried'), took);
  expect(summary).toMatchObject({ ready_seconds: 1.3, demo_seconds: 12.3 });
  expect(summary.contracts['x']).toEqual({ sent: 2, succeeded: 0, retried: 0, buried: 2, ignored: 0, p50Ms: null, p99Ms: null }); // prettier-ignore
});
