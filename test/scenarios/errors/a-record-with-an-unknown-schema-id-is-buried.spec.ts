import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';
import { write } from '../fixtures/plain-client.js';

const weigh = defineTask({ name: 'weigh', queue: 'scales', input: 'double', output: 'double' });

@Injectable()
class Scales {
  @Handles(weigh)
  weigh(grams: PayloadOf<typeof weigh>): number {
    return grams;
  }
}

test('a record framed with a schema id that the registry does not have is buried, and the queue goes on', async () => {
  await using app = await startTestApp({ contracts: [weigh], handlers: [Scales], partitions: 1 });
  const value = Buffer.from([0, 0x7f, 0xff, 0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8]);
  const headers = { ce_id: 'framed-elsewhere', ce_type: 'weigh' };

  await write(app.road, { topic: `${app.cluster.prefix}scales`, key: null, value, headers });
  const after = await app.tasks.enqueue(weigh, 2.5);

  expect(await after.result({ timeoutMs: 20_000 })).toBe(2.5);
  const buried = await until(async () => (await app.buried())[0], { what: 'it is in the DLQ' });
  expect(buried!.record.value).toEqual(value);
  expect(buried!.row).toMatchObject({ id: 'framed-elsewhere', attempts: 1, error: { code: 'SCHEMA_UNKNOWN' } });
  expect(buried!.row.error.message).toContain(String(0x7ffffffe));
});
