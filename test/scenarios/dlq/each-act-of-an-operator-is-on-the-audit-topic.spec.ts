import { expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { testCluster } from '@sunbeon/testing';
import { buryAdditions } from '../fixtures/dead-letters.js';
import { clusterEnv, startCli, sunbeon } from '../fixtures/program.js';

test('each act is on the audit topic before it begins and after it ended: who, when, what, and what came of it; what is refused is not', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 3, { partitions: 1 });
  const as = (name: string, ...args: string[]) => sunbeon(cluster, ...args, '--as', name);
  await as('Ada', 'dlq', 'replay', 'math', '--dry-run');
  expect((await sunbeon(cluster, 'audit', 'ls', '--json')).json()).toEqual([]);

  await as('Ada', 'dlq', 'replay', `${dead.dlq}/0/0`);
  await as('Grace', 'dlq', 'discard', `${dead.dlq}/0/1`, '--reason', 'a test');
  await as('Edsger', 'dlq', 'edit', `${dead.dlq}/0/2`, '--set', 'b=7');
  await as('Ada', 'dlq', 'replay', 'math', '--to', 'nowhere', '--again');
  const file = join(await mkdtemp(join(tmpdir(), 'sunbeon-audit-')), 'dead.ndjson');
  await sunbeon(cluster, 'dlq', 'export', 'math', '--out', file, '--all');
  await as('Ada', 'dlq', 'import', file);
  await rm(dirname(file), { recursive: true });
  const env = { ...clusterEnv(cluster), SUNBEON_OPERATOR: 'the night shift' };
  await using shift = startCli(['rerun', 'math', '--since', '1h'], { env });
  await shift.exited;

  const entries = (await sunbeon(cluster, 'audit', 'ls', '--json')).json();
  const short = entries.map(({ by, verb, phase, counts }: Record<string, unknown>) => [
    by,
    verb,
    phase,
    counts ?? null,
  ]);
  const done = (count: number) => ({ matched: count, done: count, skipped: 0, failed: 0 });
  expect(short).toEqual([
    ['Ada', 'replay', 'begun', null],
    ['Ada', 'replay', 'ended', done(1)],
    ['Grace', 'discard', 'begun', null],
    ['Grace', 'discard', 'ended', done(1)],
    ['Edsger', 'edit', 'begun', null],
    ['Edsger', 'edit', 'ended', done(1)],
    ['Ada', 'import', 'begun', null],
    ['Ada', 'import', 'ended', { lines: 3, imported: 0, skipped: 3, failed: 0 }],
    ['the night shift', 'rerun', 'begun', null],
    ['the night shift', 'rerun', 'ended', done(0)],
  ]);
  expect(entries[2]).toMatchObject({
    act: entries[3].act,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    what: { source: dead.dlq, addresses: [{ partition: 0, offset: 1 }], reason: 'a test' },
  });
  expect(entries[4].what).toMatchObject({ paths: ['b'], target: `${cluster.prefix}math` });
  expect((await sunbeon(cluster, 'audit', 'ls')).out).toContain('the night shift');
}, 90_000);
