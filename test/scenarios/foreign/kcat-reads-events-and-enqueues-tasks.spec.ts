import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { requires, testCluster } from '@sunbeon/testing';
import { jsonLines, type Place, resultOf } from '../fixtures/foreign.js';
import { documentOf, post } from '../fixtures/door.js';
import { startApp } from '../fixtures/program.js';

const run = promisify(execFile);
const test = requires('kcat', 'apt-get install kcat');

test('kcat reads an event as a CloudEvent, and its plain JSON is a task like any other', async () => {
  const cluster = testCluster();
  const brokers = cluster.brokers.join(',');
  await using _consumer = await startApp('consumer', cluster);
  await using door = await startApp('producer', cluster);
  const flight = {
    airport: 'ICN',
    destination: 'GMP',
    departure: '2026-01-01T08:00',
    delayMinutes: 5,
    distanceMiles: 20,
  };
  const { id } = await documentOf(await post(`${door.url}/events/flight.recorded`, JSON.stringify(flight)));

  const read = ['-C', '-b', brokers, '-t', `${cluster.prefix}flight.recorded`, '-o', 'beginning', '-c', '1', '-q'];
  const { stdout } = await run('kcat', [...read, '-f', '%k\\n%h\\n']);
  const [key, headers] = stdout.split('\n');
  expect(key).toBe('ICN');
  expect(headers!.split(',')).toEqual(
    expect.arrayContaining(['ce_specversion=1.0', `ce_id=${id}`, 'ce_type=flight.recorded', 'ce_subject=ICN']),
  );

  const writer = spawn('kcat', ['-P', '-b', brokers, '-t', `${cluster.prefix}math`]);
  writer.stdin.end('{"a":20,"b":22}\n');
  expect(await once(writer, 'close')).toEqual([0, null]);
  const where = ['-C', '-b', brokers, '-t', `${cluster.prefix}math`, '-o', 'beginning', '-c', '1', '-q'];
  const place = await run('kcat', [...where, '-f', '{"partition":%p,"offset":%o,"timestampMs":%T}\\n']);
  const [written] = jsonLines(place.stdout) as [Place];
  expect(await resultOf(cluster, 'math', written)).toMatchObject({
    contract: 'math.add',
    status: 'succeeded',
    output: { sum: 42 },
  });
}, 60_000);
