import { judge } from './bars.ts';
import type { Machine } from './machine.ts';
import type { Row } from './row.ts';

/** What docs/benchmarks.md is made of: bench/results.json. */
export interface Results {
  readonly machine: Machine;
  readonly runs: number;
  readonly scale: number;
  /** What each scenario measures, by its name, in order. */
  readonly scenarios: Readonly<Record<string, string>>;
  /** How those were measured that were measured in another run than the rest. */
  readonly apart: Readonly<Record<string, Pick<Results, 'runs' | 'scale'> & { readonly date: string }>>;
  readonly rows: readonly Row[];
}

const INTRODUCTION = [
  'Sunbeon and its peers, measured by one command on one machine: the servers all run, the systems take turns, and the client code of',
  'each has a process of its own. Ratios of one run can be compared; figures of two machines, or of two days on a shared one, cannot.',
  '',
  '`npm run bench -- --help` says how to run a part. A peer whose server is not installed is skipped with a line that says how to get it.',
  'To add a system, write a file like those in `bench/systems/`; a scenario is a file in `bench/scenarios/`.',
  '',
  '- `sunbeon` is the transport, `sunbeon-nest` the same through `@Handles` and `Tasks.enqueue`; both send JSON, everything else is at its',
  '  default. `kafkajs` is the bare client, the ceiling: it promises nothing about a task.',
  '- Durability is what an acknowledged task survives. `acks all`: in the page cache of all in-sync replicas (of one broker here), as RabbitMQ’s',
  '  confirms; `AOF everysec`: a second of Redis may be lost; `none`: all of it; `fsync`: on the disk.',
  '- Every client works some tasks off before its measurement begins. `n` is how many tasks (of `idle` and `slow-lane`: seconds) a figure is of.',
];

/** docs/benchmarks.md, formatted as Prettier would. */
export function document(results: Results): string {
  const { machine, runs, scale, scenarios, rows } = results;
  const { cores, cpu, memoryGiB, platform, node, servers, date } = machine;
  return [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench -- --write` from bench/results.json; do not edit. -->',
    '',
    ...INTRODUCTION,
    '',
    `- **Machine:** ${cores} cores (${cpu}), ${memoryGiB} GiB, ${platform}`,
    `- **Versions:** Node ${node}, ${servers.join(', ')}`,
    `- **Date:** ${date}`,
    `- **Command:** \`npm run bench -- --write${runs === 3 ? '' : ` --runs ${runs}`}${scale === 1 ? '' : ` --scale ${scale}`}\``,
    `- **Figures:** ${figures({ runs, scale })}`,
    '',
    '## Bars',
    '',
    'What the project asks of itself. Against a system with several durabilities the figure counts that is hardest to beat.',
    '',
    ...table(['scenario', 'bar', 'measured', 'met'], bars(rows, scenarios)),
    '',
    ...Object.keys(scenarios).flatMap((name) => section(name, results)),
    '',
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** Without those of scenarios that did not exist yet when it was measured. */
function bars(rows: readonly Row[], scenarios: Results['scenarios']): string[][] {
  const asked = judge(rows).filter(({ scenario }) => Object.hasOwn(scenarios, scenario));
  return asked.map(({ scenario, bar, measured, met }) => [scenario, bar, measured, word(met)]);
}

function word(met: boolean | undefined): string {
  if (met === undefined) return '–';
  return met ? 'yes' : '**no**';
}

function figures({ runs, scale }: Pick<Results, 'runs' | 'scale'>): string {
  return `${runs === 1 ? 'one run' : `medians of ${runs} runs`}, the systems taking turns${scale === 1 ? '' : `; at ${scale} of the full size: a look, not a result`}`;
}

function section(name: string, { scenarios, apart, rows }: Results): string[] {
  const how = apart[name];
  const own = rows.filter(({ scenario }) => scenario === name);
  if (own.length === 0) return [];
  const cells = own.map(({ system, version, durability, metric, value, unit, n }) => [system, version, durability, metric, `${grouped(value)} ${unit}`, grouped(n)]); // prettier-ignore
  const told = how === undefined ? [] : [`Measured on ${how.date} by itself: ${figures(how)}.`, ''];
  return [
    `## ${name}`,
    '',
    scenarios[name]!,
    '',
    ...told,
    ...table(['system', 'version', 'durability', 'metric', 'value', 'n'], cells),
    '',
  ];
}

function grouped(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toLocaleString('en') : String(value);
}

/** A Markdown table with its columns aligned. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) => Math.max(3, cell.length, ...body.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`; // prettier-ignore
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}

/** bench/results.json: a row is a line, so that two runs can be compared. */
export function toJson({ rows, ...more }: Results): string {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  return `${JSON.stringify({ ...more, rows: [] }, null, 2).replace('"rows": []', `"rows": [\n${lines}\n  ]`)}\n`;
}
