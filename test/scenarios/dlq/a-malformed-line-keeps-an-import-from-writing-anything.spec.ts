import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deadQueue } from '../fixtures/dead-queue.js';
import { sunbeon } from '../fixtures/program.js';

test('a malformed line keeps an import from writing anything, and is named by its number', async () => {
  await using from = await deadQueue();
  await using into = await deadQueue();
  const folder = await mkdtemp(join(tmpdir(), 'sunbeon-import-'));
  const file = join(folder, 'images.ndjson');
  await from.bury(...Array.from({ length: 5 }, (_, n) => ({ key: `k${n}`, id: `id${n}` })));
  await sunbeon(from.cluster, 'dlq', 'export', 'images', '--out', file);
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  await writeFile(file, [...lines.slice(0, 3), lines[3]!.slice(0, -9), lines[4]].join('\n'));

  const refused = await sunbeon(into.cluster, 'dlq', 'import', file, '--into', 'images');
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('DLQ_LINE_INVALID: Line 4 is no buried record') }); // prettier-ignore
  expect((await into.letters.list('images')).seen).toBe(0);

  const elsewhere = await sunbeon(into.cluster, 'dlq', 'import', file); // its lines name the other deployment's DLQ
  expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining(`Line 1 is no buried record: "${from.topic}" is no DLQ here`) }); // prettier-ignore
  await rm(folder, { recursive: true });
}, 60_000);
