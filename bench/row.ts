/** One figure, as the benchmark writes it: the median of its runs. */
export interface Row {
  readonly scenario: string;
  readonly system: string;
  /** Of the library, and of the server it talks to. */
  readonly version: string;
  /** What was measured, for example `throughput, 100 at once`. */
  readonly metric: string;
  readonly value: number;
  /** `1/s`, `ms`, `s`, `MB`, `tasks`, `µs/task`, `% of a core`. */
  readonly unit: string;
  /** What an acknowledged task survives. */
  readonly durability: string;
  /** How many tasks (or seconds, for `idle`) the figure is of. */
  readonly n: number;
}

/** What one run of a scenario finds. */
export type Measure = Pick<Row, 'metric' | 'value' | 'unit' | 'n'>;

/** The columns of a row, in order. */
export const COLUMNS = ['scenario', 'system', 'version', 'metric', 'value', 'unit', 'durability', 'n'] as const;

/** The median of the runs of each figure, in the order in which they came first. */
export function medians(rows: readonly Row[]): Row[] {
  const figures = Map.groupBy(rows, ({ scenario, system, metric, durability }) =>
    [scenario, system, metric, durability].join('\n'),
  );
  return [...figures.values()].map((runs) => {
    const sorted = [...runs].sort((a, b) => a.value - b.value);
    const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
    return { ...median, value: rounded(median.value) };
  });
}

/** Three digits are more than the machine's noise leaves true. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
