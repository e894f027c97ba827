import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { scan } from '@sunbeon/kafka';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { startTestApp, until } from '@sunbeon/testing';
import { write } from '../fixtures/plain-client.js';

const post = defineTask({
  name: 'post',
  queue: 'letterbox',
  input: 'string',
  hold: false,
  retry: { delaysMs: [200, 300] },
});
const tried: { atMs: number; headers: TaskContext['headers'] }[] = [];

@Injectable()
class Postman {
  @Handles(post)
  post(_letter: string, { headers, attempt }: TaskContext): null {
    tried.push({ atMs: Date.now(), headers });
    if (attempt < 3) throw new Error('nobody at home');
    return null;
  }
}

test('a retry is never early, and keeps key, value and foreign headers byte for byte', async () => {
  await using app = await startTestApp({ contracts: [post], handlers: [Postman], partitions: 1 });
  const topic = `${app.cluster.prefix}letterbox`;
  const [key, blob] = [randomBytes(16), randomBytes(32)];
  const value = Buffer.from('  "with spaces that no encoder would write"  ');

  await write(app.road, { topic, key, value, headers: { 'x-blob': blob, 'x-twice': ['one', 'two'] } });
  await until(() => tried.length === 3, { what: 'the third attempt was made' });

  const [first, second, third] = tried as [(typeof tried)[0], (typeof tried)[0], (typeof tried)[0]];
  expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(200);
  expect(third.atMs - second.atMs).toBeGreaterThanOrEqual(300);
  const records: IncomingRecord[] = [];
  await scan(app.road, { topic }, (record) => void records.push(record));
  expect(records.map((record) => [record.key, record.value])).toEqual(tried.map(() => [key, value]));
  for (const { headers } of records) {
    expect(headers['x-blob']).toEqual(blob);
    expect((headers['x-twice'] as Buffer[]).map(String)).toEqual(['one', 'two']);
  }
  expect(new Set(records.slice(1).map(({ headers }) => String(headers['ce_id']))).size).toBe(1);
});
