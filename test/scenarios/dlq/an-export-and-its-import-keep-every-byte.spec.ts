import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { HeaderValue } from '@sunbeon/core/headers';
import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import { scan } from '@sunbeon/kafka';
import { deadQueue } from '../fixtures/dead-queue.js';
import { sunbeon } from '../fixtures/program.js';

async function bytesIn(road: Road, topic: string): Promise<Pick<IncomingRecord, 'key' | 'value' | 'headers'>[]> {
  const found: Pick<IncomingRecord, 'key' | 'value' | 'headers'>[] = [];
  await scan(road, { topic }, ({ key, value, headers }) => void found.push({ key, value, headers }));
  return found.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1); // prettier-ignore
}

test('an export and its import keep every byte, and a second import adds nothing', async () => {
  await using from = await deadQueue();
  await using into = await deadQueue();
  const folder = await mkdtemp(join(tmpdir(), 'sunbeon-export-'));
  const file = join(folder, 'images.ndjson');
  const odd = { 'not text': randomBytes(9), twice: ['a', randomBytes(3)], 순번: 'b', empty: '' };
  await from.bury(
    { key: randomBytes(6), value: randomBytes(200), headers: odd },
    { key: null, value: null },
    { key: '', value: Buffer.alloc(0), headers: { flag: null as unknown as HeaderValue } },
    { key: 'left', headers: { tenant: 'blue' } },
  );

  const exported = await sunbeon(from.cluster, 'dlq', 'export', 'images', '--until', '2100-01-01', '--out', file, '--json'); // prettier-ignore
  expect(exported.json()).toEqual({ exported: 4, file });
  expect(await readdir(folder)).toEqual(['images.ndjson']);
  const piped = await sunbeon(from.cluster, 'dlq', 'export', 'images');
  expect(piped.out.split('\n').sort()).toEqual((await readFile(file, 'utf8')).split('\n').sort());

  const importing = ['dlq', 'import', file, '--into', 'images', '--json'];
  expect((await sunbeon(into.cluster, ...importing, '--dry-run')).json()).toMatchObject({ imported: 4 });
  expect(await bytesIn(into.road, into.topic)).toEqual([]);
  expect((await sunbeon(into.cluster, ...importing)).json()).toEqual({ lines: 4, imported: 4, skipped: 0, failed: 0 });
  expect(await bytesIn(into.road, into.topic)).toEqual(await bytesIn(from.road, from.topic));
  expect((await sunbeon(into.cluster, ...importing)).json()).toEqual({ lines: 4, imported: 0, skipped: 4, failed: 0 });

  const back = await sunbeon(from.cluster, 'dlq', 'import', file); // where they still lie
  expect(back).toMatchObject({ code: 0, out: 'lines 4, imported 0, skipped 4, failed 0\n' });
  await rm(folder, { recursive: true });
}, 120_000);
