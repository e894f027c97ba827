import { expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCluster } from '@sunbeon/testing';
import { type CliRun, startCli, sunbeon } from '../fixtures/program.js';

test('a wrong command line is 2, a wish that cannot be granted is 1; stdout stays empty and stderr says why', async () => {
  const cluster = testCluster();
  const away = { ...cluster, brokers: ['127.0.0.1:1'] };
  const cases = [
    [cluster, ['topolgy'], 2, 'Did you mean "topology"?'],
    [cluster, ['dlq', 'lss'], 2, 'Did you mean "dlq ls"?'],
    [cluster, ['dlq'], 2, 'There are: dlq ls, dlq groups, dlq show, dlq replay,'],
    [cluster, ['topology', '--jsn'], 2, 'Usage: sunbeon topology [--json]'],
    [cluster, ['enqueue', 'math.add'], 2, 'Usage: sunbeon enqueue <task> <json>'],
    [
      cluster,
      ['enqueue', 'math.ad', '{}', '--json'],
      1,
      'CONTRACT_UNKNOWN: There is no task named "math.ad". Did you mean',
    ],
    [cluster, ['enqueue', 'math.add', '{a'], 1, 'PAYLOAD_INVALID: The payload is no JSON'],
    [cluster, ['enqueue', 'math.add', '{"a":1}', '--json'], 1, 'field "b" is missing'],
    [cluster, ['dlq', 'show', 'math/0'], 1, 'OPTION_INVALID: "math/0" is no address'],
    [cluster, ['dlq', 'show', 'math/0/0'], 1, 'DLQ_RECORD_NOT_FOUND: There is no DLQ "math"'],
    [away, ['topology', '--json'], 1, 'BROKER_UNREACHABLE'],
    [away, ['result', 'x', '--json'], 1, 'BROKER_UNREACHABLE'],
  ] as const;

  const said: CliRun[] = [];
  for (const [where, args] of cases) said.push(await sunbeon(where, ...args));

  expect(said.map(({ code, out }) => [code, out])).toEqual(cases.map(([, , code]) => [code, '']));
  cases.forEach(([, , , words], index) => expect(said[index]!.err).toContain(words));
  expect(said.filter(({ err }) => /\n\s+at /.test(err))).toEqual([]);
}, 60_000);

test('a task that nobody knows is RESULT_UNKNOWN, and a DLQ with nothing in it is an empty array', async () => {
  const cluster = testCluster();
  await sunbeon(cluster, 'topology', 'apply');

  expect(await sunbeon(cluster, 'result', 'nobody-knows-me', '--json')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('RESULT_UNKNOWN'),
  });
  expect(await sunbeon(cluster, 'dlq', 'ls', '--json')).toMatchObject({ code: 0, out: '[]\n', err: '' });
}, 60_000);

test('without a cluster it says how to get one, and a reader that has seen enough is no failure', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'sunbeon-cli-'));
  await using lost = startCli(['topology'], { cwd, env: { KAFKA_BROKERS: undefined } });
  expect(await lost.exited).toBe(1);
  expect(lost.err).toContain('NO_CLUSTER');
  expect(lost.err).toContain('npm start');
  await rm(cwd, { recursive: true });

  await using piped = startCli(['help']);
  piped.readNoMore();
  expect(await piped.exited).toBe(0);
  expect(piped.err).toBe('');
}, 30_000);
