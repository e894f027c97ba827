import { parseArgs } from 'node:util';

/** What there is to choose from. */
export interface Known {
  readonly scenarios: readonly string[];
  readonly systems: readonly string[];
}

export interface Arguments {
  /** Scenarios, in their own order. */
  readonly only: readonly string[];
  readonly systems: readonly string[];
  /** Where the rows go; undefined = to the terminal. */
  readonly json: string | undefined;
  readonly runs: number;
  /** Of the tasks and seconds that a scenario takes. */
  readonly scale: number;
  /** Write docs/benchmarks.md. */
  readonly write: boolean;
}

export const USAGE = `npm run bench -- [--only <scenarios>] [--systems <systems>] [--json <file>] [--runs 3] [--scale 1] [--write]

  --only     some scenarios, separated by commas
  --systems  some systems, separated by commas
  --json     the rows go into this file
  --runs     how often everything is measured; the median counts
  --scale    of the tasks and seconds of each scenario: 0.1 for a look
  --write    makes docs/benchmarks.md (and bench/results.json) of this run; with --only, of these scenarios there. All systems take part`;

const OPTIONS = {
  only: { type: 'string' },
  systems: { type: 'string' },
  json: { type: 'string' },
  runs: { type: 'string' },
  scale: { type: 'string' },
  write: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @returns undefined when help is asked for. @throws Error that says what is wrong and what there is */
export function parseArguments(args: readonly string[], known: Known): Arguments | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help === true) return undefined;
  if (values.write === true && values.systems !== undefined)
    throw new Error('--write compares systems of one run: leave --systems out.');
  return {
    only: chosen('--only', values.only, known.scenarios),
    systems: chosen('--systems', values.systems, known.systems),
    json: values.json,
    runs: number('--runs', values.runs ?? '3', (value) => Number.isInteger(value) && value >= 1 && value <= 99),
    scale: number('--scale', values.scale ?? '1', (value) => value > 0 && value <= 10),
    write: values.write ?? false,
  };
}

function chosen(option: string, given: string | undefined, known: readonly string[]): readonly string[] {
  if (given === undefined) return known;
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${option}: unknown: ${unknown.join(', ')}. Known: ${known.join(', ')}.`);
  return known.filter((name) => names.includes(name));
}

function number(option: string, given: string, fits: (value: number) => boolean): number {
  const value = Number(given);
  if (given.trim() !== '' && fits(value)) return value;
  throw new Error(`${option} is ${JSON.stringify(given)}. Give ${option === '--runs' ? 'a whole number from 1 to 99' : 'a number above 0, 10 at most'}.`); // prettier-ignore
}
