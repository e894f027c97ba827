import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { read, ROOT } from './repository.js';

const PAGE = 'docs/internals/a-message.md';
const page = read(PAGE);
const linked = [
  ...new Set([...page.matchAll(/\]\((\.\.[^)]*\.ts)\)/g)].map(([, to]) => normalize(join(PAGE, '..', to!)))),
];

test('a-message.md walks the eight stops in order', () => {
  const stops = [...page.matchAll(/^## (\d) · (\w+)$/gm)].map(([, number, name]) => `${number} ${name}`);
  expect(stops).toEqual(['1 Say', '2 Write', '3 Read', '4 Run', '5 Judge', '6 Settle', '7 Wait', '8 Replay']);
});

test('each stop links its file, and says what goes in, what comes out and what a kill does', () => {
  for (const stop of page.split(/^## /m).slice(1)) {
    expect(stop).toMatch(/\]\(\.\.[^)]*\.ts\)[\s\S]*\*\*In:\*\*[\s\S]*\*\*Out:\*\*[\s\S]*\*\*kill -9\b/);
  }
});

test('the files that it names are there, each is linked, and they have under 1,000 lines together', () => {
  expect(linked.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const named = [...page.matchAll(/`(\w+\/[\w-]+\.ts)`/g)].map(([, name]) => name!.replace('/', '/src/'));
  expect(named.filter((name) => !linked.some((file) => file.endsWith(name)))).toEqual([]);
  const lines = linked.map((file) => [file, read(file).split('\n').length - 1] as const);
  const total = lines.reduce((sum, [, count]) => sum + count, 0);
  expect({ total, under: total < 1_000 ? 1_000 : lines }).toEqual({ total, under: 1_000 });
});
