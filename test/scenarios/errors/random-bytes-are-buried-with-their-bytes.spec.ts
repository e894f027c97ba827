import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';
import { write } from '../fixtures/plain-client.js';

const input = { type: 'record', name: 'Echo', fields: [{ name: 'text', type: 'string' }] } as const;
const echo = defineTask({ name: 'echo', queue: 'echoes', input, output: 'string', key: ({ text }) => text });

@Injectable()
class Echoes {
  @Handles(echo)
  echo({ text }: PayloadOf<typeof echo>): string {
    return text;
  }
}

test('random bytes are buried as they came, and the partition goes on', async () => {
  await using app = await startTestApp({ contracts: [echo], handlers: [Echoes], partitions: 1 });
  const topic = `${app.cluster.prefix}echoes`;
  const [key, value, header] = [randomBytes(8), randomBytes(64), randomBytes(16)];
  value[0]! ||= 1; // a zero byte first is a frame, of a schema that nobody knows

  await write(app.road, { topic, key, value, headers: { 'x-theirs': header } });
  const after = await app.tasks.enqueue(echo, { text: 'still here' });

  expect(await after.result({ timeoutMs: 20_000 })).toBe('still here');
  const buried = await until(async () => (await app.buried())[0], { what: 'the bytes are in the DLQ' });
  expect(buried!.record.key).toEqual(key);
  expect(buried!.record.value).toEqual(value);
  expect(buried!.record.headers['x-theirs']).toEqual(header);
  expect(buried!.row.error.code).toBe('RECORD_UNREADABLE');
});
