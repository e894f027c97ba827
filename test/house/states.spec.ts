import { expect, test } from '@jest/globals';
import { read } from './repository.js';

const diagram = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(read('docs/internals/states.md'))![1]!;
const arrows = [...diagram.matchAll(/^\s*(\S+) --> (\S+?)(?:: (.+))?$/gm)].map(([, from, to, label]) => ({
  from,
  to,
  label,
}));

/** The literals of a union type in a source file. */
function union(file: string, pattern: RegExp, literal: RegExp): Set<string> {
  return new Set([...pattern.exec(read(file))![1]!.matchAll(literal)].map(([, name]) => name!));
}

const statuses = union('libs/core/src/results.ts', /type ResultStatus =([^;]*);/, /'(\w+)'/g);
const verdicts = union('libs/core/src/outcome.ts', /type Decision =(.*?)\n\n/s, /kind: '(\w+)'/g);

test('the states of the diagram are the statuses of a result, and running, which is not recorded', () => {
  const states = new Set(arrows.flatMap(({ from, to }) => [from!, to!]).filter((state) => state !== '[*]'));
  expect(states).toEqual(new Set([...statuses, 'running']));
  expect(statuses.size).toBe(5);
});

test('the ways out of running are the verdicts', () => {
  const labels = arrows.filter(({ from }) => from === 'running').map(({ label }) => label);
  expect(labels.toSorted()).toEqual([...verdicts].sort());
  expect(verdicts.size).toBe(5);
});

test('only a replay leads out of a state that is final', () => {
  const final = arrows.filter(({ to }) => to === '[*]').map(({ from }) => from);
  expect(final.toSorted()).toEqual(['buried', 'dropped', 'succeeded']);
  const out = arrows.filter(({ from, to }) => final.includes(from) && to !== '[*]');
  expect(out).toEqual([{ from: 'buried', to: 'running', label: 'replay' }]);
});
