import { describe, expect, test } from '@jest/globals';
import { basename } from 'node:path';
import { parseArguments } from '../../bench/arguments.ts';
import { judge } from '../../bench/bars.ts';
import { document, type Results, toJson } from '../../bench/document.ts';
import { merged } from '../../bench/merge.ts';
import { Meter, quantile } from '../../bench/meter.ts';
import { COLUMNS, medians, type Row } from '../../bench/row.ts';
import { files, read, readJson } from './repository.js';

const known = { scenarios: ['enqueue-single', 'process-noop', 'idle'], systems: ['sunbeon', 'bullmq'] };
const parse = (...args: string[]) => parseArguments(args, known);

const row = (changes: Partial<Row>): Row => ({
  scenario: 'process-noop',
  system: 'sunbeon',
  version: '1',
  metric: 'throughput, 100 at once',
  value: 1_000,
  unit: '1/s',
  durability: 'acks all',
  n: 1,
  ...changes,
});

describe('the arguments of npm run bench', () => {
  test('are everything, three times, when nothing is said', () => {
    expect(parse()).toEqual({
      only: known.scenarios,
      systems: known.systems,
      json: undefined,
      runs: 3,
      scale: 1,
      write: false,
    });
  });

  test('choose a part, in the order of the list', () => {
    const args = parse('--only', 'idle,process-noop', '--systems', 'bullmq', '--json', 'out.json', '--runs', '1', '--scale', '0.1'); // prettier-ignore
    expect(args).toEqual({
      only: ['process-noop', 'idle'],
      systems: ['bullmq'],
      json: 'out.json',
      runs: 1,
      scale: 0.1,
      write: false,
    });
    expect(parse('--only', 'idle', '--write')).toMatchObject({ only: ['idle'], write: true });
    expect(parse('--help')).toBeUndefined();
  });

  test.each([
    [['--only', 'idel'], /--only: unknown: idel\. Known: enqueue-single, process-noop, idle\./],
    [['--systems', 'sunbeon,kue'], /--systems: unknown: kue\. Known: sunbeon, bullmq\./],
    [['--runs', '0'], /--runs is "0"/],
    [['--runs', ''], /--runs is ""/],
    [['--scale=-1'], /--scale is "-1"/],
    [['--scale', 'half'], /--scale is "half"/],
    [['--fast'], /Unknown option '--fast'/],
    [['--write', '--systems', 'sunbeon'], /leave --systems out/],
  ])('%j is refused', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});

describe('a row', () => {
  test('is the median of its runs, one per figure', () => {
    const runs = [3, 1, 2].map((value) => row({ value, n: value * 10 }));
    expect(medians([...runs, row({ value: 7, durability: 'other' })])).toEqual([
      row({ value: 2, n: 20 }),
      row({ value: 7, durability: 'other' }),
    ]);
  });

  test('comes from a meter that counts after the warm-up', async () => {
    const meter = new Meter({ warm: 10, count: 5, maxMs: 60_000 });
    for (let n = 0; n < 14; n++) meter.tick();
    expect(meter.isOver).toBe(false);
    meter.tick();
    expect(await meter.result()).toMatchObject({ n: 5 });
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
  });
});

describe('a bar', () => {
  const tenTimes = 'sunbeon: 100 at once ≥ 10 × BullMQ';
  const bull = (value: number, durability: string): Row => row({ system: 'bullmq', value, durability });
  const of = (rows: readonly Row[]) => judge(rows).find(({ bar }) => bar === tenTimes);

  test('is judged against the variant that is hardest to beat', () => {
    expect(of([row({}), bull(50, 'AOF everysec'), bull(100, 'none')])).toMatchObject({ measured: '10 ×', met: true });
    expect(of([row({}), bull(50, 'AOF everysec'), bull(101, 'none')])).toMatchObject({ measured: '9.9 ×', met: false });
  });

  test('is neither met nor missed where a row is missing', () => {
    expect(of([row({})])).toMatchObject({ measured: 'not measured', met: undefined });
  });

  test('of nothing run again is met when nothing was in flight', () => {
    const restart = (metric: string, value: number) => row({ scenario: 'restart', metric: `${metric}, killed at rest`, value, unit: 'tasks' }); // prettier-ignore
    const judged = judge([restart('finished tasks run again', 0), restart('in flight', 0)]);
    expect(judged.find(({ bar }) => bar.includes('at rest'))).toMatchObject({ met: true });
  });
});

describe('docs/benchmarks.md', () => {
  const results = readJson<Results>('bench/results.json');

  test('is made of bench/results.json', () => {
    expect(read('docs/benchmarks.md')).toBe(document(results));
    expect(read('bench/results.json')).toBe(toJson(results));
  });

  test('takes scenarios that were measured by themselves into their place, and says so', () => {
    const [machine, scenarios] = [
      { ...results.machine, date: '2030-01-02' },
      { a: 'A', b: 'B', c: 'C', d: 'D' },
    ];
    const before: Results = { ...results, scenarios: { b: 'old', c: 'C' }, apart: {}, rows: [row({ scenario: 'b', value: 1 }), row({ scenario: 'c', value: 2 })] }; // prettier-ignore
    const now = { machine, runs: 1, scale: 1, scenarios };
    const after = merged(before, [row({ scenario: 'd', value: 4 }), row({ scenario: 'b', value: 3 })], now);
    expect(after.rows.map(({ scenario, value }) => [scenario, value])).toEqual([['b', 3], ['c', 2], ['d', 4]]); // prettier-ignore
    expect(after).toMatchObject({
      scenarios: { b: 'B', c: 'C', d: 'D' },
      machine: results.machine,
      runs: results.runs,
    });
    expect(document(after).match(/Measured on 2030-01-02 by itself: one run/g)).toHaveLength(2);
    expect(() => merged(before, [], { ...now, machine: { ...machine, cores: 64 } })).toThrow(/another machine/);
  });

  test('leaves out the bars of what did not exist yet when it was measured', () => {
    const of = (scenarios: Results['scenarios']) => document({ ...results, scenarios, rows: [] });
    expect(of({ 'retry-lateness': 'late' })).toMatch(/retry-lateness .* not measured/);
    expect(of({})).not.toContain('retry-lateness');
  });

  test('has rows of the promised shape, one per figure', () => {
    expect(results.rows.length).toBeGreaterThan(0);
    for (const one of results.rows) expect(Object.keys(one)).toEqual([...COLUMNS]);
    for (const { value, n } of results.rows) expect([Number.isFinite(value), n > 0]).toEqual([true, true]);
    expect(medians(results.rows)).toHaveLength(results.rows.length);
  });
});

describe.each(['systems', 'scenarios'])('bench/%s/index.ts', (folder) => {
  test('names every file that has one, under the name of its file', () => {
    const exporting = new RegExp(`^export const ${folder.slice(0, -1)}: `, 'm');
    const own = files(new RegExp(`^bench/${folder}/.*\\.ts$`)).filter((file) => exporting.test(read(file)));
    expect(own.length).toBeGreaterThan(5);
    for (const file of own) {
      const name = basename(file, '.ts');
      expect(read(file)).toContain(`name: '${name}',`);
      expect(read(`bench/${folder}/index.ts`)).toContain(`from './${name}.ts';`);
    }
  });
});
