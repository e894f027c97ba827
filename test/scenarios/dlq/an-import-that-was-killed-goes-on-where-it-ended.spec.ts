import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from '@jest/globals';
import { until } from '@sunbeon/testing';
import { deadQueue } from '../fixtures/dead-queue.js';
import { clusterEnv, startCli, sunbeon } from '../fixtures/program.js';

const LINES = 30_000;

function* linesOf(topic: string): Generator<string> {
  const of = { topic, partition: 0, timestampMs: 1, key: null, headers: [['ce_type', 'eA==']] };
  for (let offset = 0; offset < LINES; offset++)
    yield `${JSON.stringify({ ...of, offset, value: Buffer.from(`${offset}`).toString('base64') })}\n`;
}

test('an import that was killed goes on where it ended: nothing is missing and nothing is there twice', async () => {
  await using dead = await deadQueue();
  const folder = await mkdtemp(join(tmpdir(), 'sunbeon-import-'));
  const file = join(folder, 'images.ndjson');
  await pipeline(Readable.from(linesOf(dead.topic)), createWriteStream(file));
  const admin = await dead.road.admin();
  const size = async (): Promise<number> => (await admin.offsets(dead.topic)).reduce((sum, { high }) => sum + high, 0);

  await using first = startCli(['dlq', 'import', file], { env: clusterEnv(dead.cluster) });
  await until(async () => (await size()) > 0, { what: 'the import has begun to write' });
  first.signal('SIGKILL');
  await first.exited;
  const written = await size();

  const second = (await sunbeon(dead.cluster, 'dlq', 'import', file, '--json')).json();
  expect(second).toEqual({ lines: LINES, imported: LINES - written, skipped: written, failed: 0 });
  const values = new Set<string>();
  await dead.letters.export('images', { write: (lines) => { for (const line of lines.trim().split('\n')) values.add(JSON.parse(line).value); } }); // prettier-ignore
  expect([await size(), values.size]).toEqual([LINES, LINES]);
  await rm(folder, { recursive: true });
}, 120_000);
