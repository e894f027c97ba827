import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';
import { write } from '../fixtures/plain-client.js';

const store = defineTask({ name: 'store', queue: 'shelf', input: 'string', output: 'string' });

@Injectable()
class Shelf {
  @Handles(store)
  store(what: PayloadOf<typeof store>): string {
    return what;
  }
}

test('a record without a value is buried without one, and the queue goes on', async () => {
  await using app = await startTestApp({ contracts: [store], handlers: [Shelf], partitions: 1 });

  await write(app.road, { topic: `${app.cluster.prefix}shelf`, key: 'a key', value: null, headers: {} });
  const after = await app.tasks.enqueue(store, 'a book');

  expect(await after.result({ timeoutMs: 20_000 })).toBe('a book');
  const buried = await until(async () => (await app.buried())[0], { what: 'it is in the DLQ' });
  expect(buried!.record).toMatchObject({ key: Buffer.from('a key'), value: null });
  expect(buried!.row).toMatchObject({ key: 'a key', error: { code: 'RECORD_UNREADABLE' } });
  expect(buried!.row.error.message).toContain('its value is null');
});
