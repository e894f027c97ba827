import { expect, test } from '@jest/globals';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCluster, until } from '@sunbeon/testing';
import { ROOT, startApp, sunbeon } from '../fixtures/program.js';

test('buried tasks are listed, shown and replayed, and succeed once their cause is gone', async () => {
  const cluster = testCluster();
  const folder = await mkdtemp(join(tmpdir(), 'sunbeon-photos-'));
  const [source, other] = [join(folder, 'later.jpg'), join(folder, 'never.jpg')];
  await using _consumer = await startApp('consumer', cluster);
  const enqueue = async (photo: string): Promise<string> => {
    const payload = JSON.stringify({ source: photo, target: `${photo}.small.jpg`, width: 64 });
    return (await sunbeon(cluster, 'enqueue', 'image.thumbnail', payload, '--json')).json().id;
  };
  const list = async (...filter: string[]) => (await sunbeon(cluster, 'dlq', 'ls', ...filter, '--json')).json();

  const id = await enqueue(source);
  await enqueue(other);
  await until(async () => (await list()).length === 2, { what: 'both tasks are buried', timeoutMs: 30_000 });
  const [row] = await list('images', '--id', id);
  expect(row).toEqual({
    queue: 'images',
    topic: `${cluster.prefix}images.dlq`,
    partition: expect.any(Number),
    offset: expect.any(Number),
    id,
    contract: 'image.thumbnail',
    key: source,
    attempts: 3,
    disposition: 'open',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    error: { code: 'HANDLER_FAILED', message: expect.stringContaining('missing'), fingerprint: expect.any(String) },
  });

  const address = `${row.topic}/${row.partition}/${row.offset}`;
  const shown = (await sunbeon(cluster, 'dlq', 'show', address)).json();
  expect(shown).toMatchObject({ ...row, payload: { source, width: 64 }, headers: { ce_id: id } });
  expect(shown.history).toHaveLength(3);

  const dry = await sunbeon(cluster, 'dlq', 'replay', 'images', '--error', 'HANDLER_FAILED', '--dry-run', '--json');
  expect(dry.json()).toEqual({ matched: 2, replayed: 0, skipped: 0, failed: 0 });
  await copyFile(join(ROOT, 'apps', 'cli', 'demo', 'photos', 'china.jpg'), source);
  const replayed = await sunbeon(cluster, 'dlq', 'replay', address, '--json');
  expect(replayed.json()).toEqual({ matched: 1, replayed: 1, skipped: 0, failed: 0 });

  const result = async () => (await sunbeon(cluster, 'result', id, '--json')).json();
  await until(async () => (await result()).status === 'succeeded', { what: 'the replayed task succeeds' });
  expect((await result()).output).toMatchObject({ width: 64 });

  const rest = await sunbeon(cluster, 'dlq', 'replay', 'images', '--id', 'somebody-else', '--json');
  expect(rest.json()).toEqual({ matched: 0, replayed: 0, skipped: 0, failed: 0 });
  const all = await sunbeon(cluster, 'dlq', 'replay', 'images', '--contract', 'image.thumbnail');
  expect(all).toMatchObject({ code: 0, out: 'matched 2, replayed 1, failed 0, skipped 1\n' });
  const again = await until(async () => (await list()).length === 3 && list(), { what: 'the other is buried again' });
  const replay = again.filter(({ key }: { key: string }) => key === other).at(-1); // one key, one partition, by offset
  const { headers } = (
    await sunbeon(cluster, 'dlq', 'show', `${replay.topic}/${replay.partition}/${replay.offset}`)
  ).json();
  expect(headers['sunbeon-replay-of']).toMatch(/images\.dlq\/\d+\/\d+$/);
  await rm(folder, { recursive: true });
}, 90_000);
