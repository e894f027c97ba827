import { expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { avroCodec } from '@sunbeon/schema';
import { testCluster } from '@sunbeon/testing';
import { buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

test('an edited record shows its diff, is sent by its contract, and says where it comes from and who edited it', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 2, { partitions: 1 });
  const address = `${dead.dlq}/0/1`; // a = 1, b = 0
  const edit = (...args: string[]) => sunbeon(cluster, 'dlq', 'edit', address, '--as', 'Ada', ...args);

  const dry = await edit('--set', 'b=41', '--dry-run');
  expect(dry.out).toBe('- b: 0\n+ b: 41\nmatched 1, replayed 0, failed 0\n');
  expect(await dead.read('math')).toEqual([]);
  const done = await edit('--set', 'b=41', '--json');
  expect(done.json()).toMatchObject({ differences: [{ path: 'b', before: 0, after: 41 }], matched: 1, replayed: 1 });
  const folder = await mkdtemp(join(tmpdir(), 'sunbeon-edit-'));
  await writeFile(join(folder, 'payload.json'), '{ "a": 2, "b": 3 }');
  const second = await edit('--payload', `@${join(folder, 'payload.json')}`);
  expect(second.out).toBe('- a: 1\n+ a: 2\n- b: 0\n+ b: 3\nmatched 1, replayed 0, failed 0, skipped 1\n');
  await rm(folder, { recursive: true });

  const [sent, ...others] = await dead.read('math');
  expect(others).toEqual([]);
  expect(await avroCodec({ registryUrl: cluster.registryUrl }).decodeAny(sent!.value!)).toEqual({ a: 1, b: 41 });
  const text = (name: string) => headerText(sent!.headers, name);
  expect([text(HEADER.replayOf), text(HEADER.editedBy), text(HEADER.replays)]).toEqual([address, 'Ada', '1']);
  expect(text(HEADER.contentType)).toBe('application/vnd.confluent.avro');
  const original = (await dead.read('math.dlq')).find(({ offset }) => offset === 1);
  expect(original!.value!.toString()).toBe('{"a":1,"b":0}');
}, 60_000);
