import type { Row } from './row.ts';

/** What a bar came to. */
export interface Judged {
  readonly scenario: string;
  /** In words. */
  readonly bar: string;
  /** With its unit; `not measured` where a row is missing. */
  readonly measured: string;
  /** Undefined: not measured. */
  readonly met: boolean | undefined;
}

interface Figure {
  readonly scenario: string;
  readonly system: string;
  readonly metric: string;
}

interface Bar {
  readonly scenario: string;
  readonly bar: string;
  readonly ours: Figure;
  /** What ours is divided by; nothing for a plain limit. */
  readonly by?: Figure;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: string;
}

/** The bars for the rows of a benchmark, in the order of the scenarios. */
export function judge(rows: readonly Row[]): Judged[] {
  return BARS.map(({ scenario, bar, ours, by, limit, unit }) => {
    const [value, other] = [valueOf(rows, ours), by === undefined ? 1 : valueOf(rows, by)];
    if (value === undefined || other === undefined) return { scenario, bar, measured: 'not measured', met: undefined };
    const reached = value / other;
    const met = 'atLeast' in limit ? reached >= limit.atLeast : !(reached > limit.atMost);
    return { scenario, bar, measured: `${text(reached)} ${unit}`, met };
  });
}

/** Of a system with several durabilities, the figure that is hardest to beat. */
function valueOf(rows: readonly Row[], { scenario, system, metric }: Figure): number | undefined {
  const found = rows.filter((row) => row.scenario === scenario && row.system === system && row.metric === metric);
  if (found.length === 0) return undefined;
  const values = found.map(({ value }) => value);
  return found[0]!.unit === '1/s' ? Math.max(...values) : Math.min(...values);
}

function text(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '–';
}

const OURS = ['sunbeon', 'sunbeon-nest'] as const;
const of = (scenario: string, system: string, metric = 'throughput'): Figure => ({ scenario, system, metric });

function ratio(bar: string, ours: Figure, by: Figure, limit: Bar['limit']): Bar {
  return { scenario: ours.scenario, bar: `${ours.system}: ${bar}`, ours, by, limit, unit: '×' };
}

function most(ours: Figure, atMost: number, unit: string, bar = `${ours.metric} ≤ ${atMost} ${unit}`): Bar {
  return { scenario: ours.scenario, bar: `${ours.system}: ${bar}`, ours, limit: { atMost }, unit };
}

const HUNDRED = 'throughput, 100 at once';

const THROUGHPUT = OURS.flatMap((system) => [
  ratio('≥ 4 × BullMQ', of('enqueue-single', system), of('enqueue-single', 'bullmq'), { atLeast: 4 }),
  ratio('≥ 0.9 × kafkajs with ready batches', of('enqueue-single', system), of('enqueue-bulk', 'kafkajs'), { atLeast: 0.9 }), // prettier-ignore
]).concat(
  OURS.flatMap((system) => [
    ratio('100 at once ≥ 10 × BullMQ', of('process-noop', system, HUNDRED), of('process-noop', 'bullmq', HUNDRED), { atLeast: 10 }), // prettier-ignore
    ratio('100 at once ≥ 2.5 × Nest’s Kafka transport', of('process-noop', system, HUNDRED), of('process-noop', 'nest-kafka'), { atLeast: 2.5 }), // prettier-ignore
    ratio('100 at once ≥ 0.4 × kafkajs eachBatch', of('process-noop', system, HUNDRED), of('process-noop', 'kafkajs'), { atLeast: 0.4 }), // prettier-ignore
  ]),
  ratio('≥ 3 × BullMQ', of('process-with-result', 'sunbeon'), of('process-with-result', 'bullmq'), { atLeast: 3 }),
);

const LATENCY = [
  most(of('latency-1000ps', 'sunbeon', 'p50'), 2, 'ms'),
  most(of('latency-1000ps', 'sunbeon', 'p99'), 10, 'ms'),
  ratio('p99 ≤ BullMQ’s (an aim)', of('latency-1000ps', 'sunbeon', 'p99'), of('latency-1000ps', 'bullmq', 'p99'), { atMost: 1 }), // prettier-ignore
  most(of('roundtrip', 'sunbeon', 'p50'), 5, 'ms'),
  most(of('roundtrip', 'sunbeon', 'p99'), 20, 'ms'),
];

const TABLE = ['20 keys', '1000 keys', 'unordered'].flatMap((label) =>
  ['ideal', 'ideal of the timers'].map((ideal) =>
    ratio(
      `${label} ≤ 1.2 × ${ideal}`,
      of('parallel-consumer-table', 'sunbeon', `time, ${label}`),
      of('parallel-consumer-table', 'sunbeon', `${ideal}, ${label}`),
      { atMost: 1.2 },
    ),
  ),
);

const RESTART = ['at rest', 'in full work'].map((how) =>
  ratio(
    `run again ≤ in flight, killed ${how}`,
    of('restart', 'sunbeon', `finished tasks run again, killed ${how}`),
    of('restart', 'sunbeon', `in flight, killed ${how}`),
    { atMost: 1 },
  ),
);

const memory = (metric: string): Figure => of('backlog-memory', 'sunbeon', metric);

const RETRY_LATENESS = ['1 s', '5 s', '1 min'].flatMap((tier) =>
  ['nothing else', '100000 wait 1 min'].flatMap((how) => [
    most(of('retry-lateness', 'sunbeon', `p99, ${tier}, ${how}`), 250, 'ms'),
    most(of('retry-lateness', 'sunbeon', `early, ${tier}, ${how}`), 0, 'tasks'),
  ]),
);

const BARS: readonly Bar[] = [
  ...THROUGHPUT,
  ...LATENCY,
  ...TABLE,
  {
    ...most(of('slow-lane', 'sunbeon', 'kept'), 0, '%'),
    bar: 'sunbeon: other lanes keep ≥ 95 %',
    limit: { atLeast: 95 },
  },
  most(memory('RSS, highest'), 250, 'MB'),
  ratio('flat: the end ≤ 1.1 × a fifth of the way', memory('RSS at the end'), memory('RSS after a fifth'), { atMost: 1.1 }), // prettier-ignore
  ...RESTART,
  most(of('idle', 'sunbeon', 'CPU'), 1, '% of a core'),
  ...RETRY_LATENESS,
];
