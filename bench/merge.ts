import type { Results } from './document.ts';
import type { Row } from './row.ts';

/**
 * What was measured of some scenarios in the place of what was known of them.
 * @param now what they were measured with, and all scenarios that there are, in order
 * @throws Error on another machine: figures of two cannot stand in one table
 */
export function merged(before: Results, rows: readonly Row[], now: Omit<Results, 'rows' | 'apart'>): Results {
  const { cores, cpu, memoryGiB } = before.machine;
  if (cores !== now.machine.cores || cpu !== now.machine.cpu || memoryGiB !== now.machine.memoryGiB)
    throw new Error('docs/benchmarks.md is of another machine: measure everything, without --only.');
  const measured = [...new Set(rows.map(({ scenario }) => scenario))];
  const how = { date: now.machine.date, runs: now.runs, scale: now.scale };
  const all = [...before.rows.filter(({ scenario }) => !measured.includes(scenario)), ...rows];
  const names = Object.keys(now.scenarios);
  const known = names.filter((name) => name in before.scenarios || measured.includes(name));
  return {
    ...before,
    scenarios: Object.fromEntries(known.map((name) => [name, now.scenarios[name]!])),
    apart: { ...before.apart, ...Object.fromEntries(measured.map((name) => [name, how])) },
    rows: all.toSorted((a, b) => names.indexOf(a.scenario) - names.indexOf(b.scenario)),
  };
}
