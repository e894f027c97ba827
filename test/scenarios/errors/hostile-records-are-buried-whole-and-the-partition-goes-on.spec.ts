import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { type AvroSchema, Bury, defineTask, type PayloadOf } from '@sunbeon/core';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { inputSubject } from '@sunbeon/core/subjects';
import { Handles } from '@sunbeon/nest';
import { avroCodec } from '@sunbeon/schema';
import { startTestApp, until } from '@sunbeon/testing';
import { withProducer } from '../fixtures/plain-client.js';

// The types know no schema that names itself.
const node: AvroSchema = {
  type: 'record',
  name: 'Node',
  fields: [
    { name: 'next', type: ['null', 'Node' as 'string'], default: null },
    { name: 'name', type: 'string', default: '' },
  ],
};
const link = defineTask({ name: 'link', queue: 'links', input: node, output: 'null' });
const count = defineTask({ name: 'count', queue: 'links', input: 'long', output: 'long' });

const JSON_TYPE = { 'content-type': 'application/json' };

@Injectable()
class Links {
  @Handles(link)
  link(): null {
    throw new Bury('it was run');
  }

  @Handles(count)
  count(n: PayloadOf<typeof count>): PayloadOf<typeof count> {
    return n;
  }
}

const deepJson = (levels: number): Buffer =>
  Buffer.from(`${'{"name":"","next":'.repeat(levels)}null${'}'.repeat(levels)}`);
/** Of {@link node}: branch 1 of the union so often, at last branch 0; then as many empty names. */
const deepAvro = (frame: Buffer, levels: number): Buffer =>
  Buffer.concat([frame.subarray(0, 5), Buffer.alloc(levels, 2), Buffer.from([0]), Buffer.alloc(levels + 1, 0)]);

test('undecodable, oversized, wrong-schema, null, header-bombed and deeply nested records are buried whole, and the partition goes on', async () => {
  await using app = await startTestApp({ contracts: [link, count], handlers: [Links], partitions: 1 });
  const codec = avroCodec({ registryUrl: app.cluster.registryUrl, subjectPrefix: app.cluster.prefix });
  const ofLink = await codec.encode(inputSubject(link), { next: null, name: 'a' });
  const ofCount = await codec.encode(inputSubject(count), 7);
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`x-${n}`, `value ${n}`]));
  const hostile: Record<string, Partial<OutgoingRecord>> = {
    undecodable: { value: Buffer.concat([ofLink, Buffer.from([255, 255, 255])]) },
    oversized: { value: Buffer.concat([Buffer.from([1]), randomBytes(1_000_000)]) },
    'wrong schema': { value: ofCount },
    'null-valued': { value: null },
    'ten thousand headers': { value: Buffer.from('{'), headers: { ...many, ...JSON_TYPE } },
    'a header of 900 KB': { value: Buffer.from('{'), headers: { bomb: 'h'.repeat(900_000), ...JSON_TYPE } },
    'an id of 900 KB': { value: ofLink, headers: { ce_id: 'i'.repeat(900_000) } },
    'JSON of 10,000 levels': { value: deepJson(10_000), headers: JSON_TYPE },
    'Avro of 10,000 levels': { value: deepAvro(ofLink, 10_000) },
    'Avro of 400,000 levels': { value: deepAvro(ofLink, 400_000) },
  };

  const topic = `${app.cluster.prefix}links`;
  await withProducer(app.road, async (producer) => {
    for (const [key, { value = null, headers = {} }] of Object.entries(hostile))
      await producer.send([{ topic, key, value, headers: { ce_type: 'link', ...headers } }]);
  });
  const after = await app.tasks.enqueue(count, 42);

  expect(Number(await after.result({ timeoutMs: 60_000 }))).toBe(42);
  const all = await until(async () => { const found = await app.buried(); return found.length === 10 && found; }, { what: 'all lie in the DLQ' }); // prettier-ignore
  const byKey = new Map((all || []).map((buried) => [buried.record.key!.toString(), buried]));
  for (const [key, { value, headers = {} }] of Object.entries(hostile)) {
    const { record, row } = byKey.get(key)!;
    expect([key, record.value?.equals(value!) ?? record.value]).toEqual([key, value === null ? null : true]);
    for (const name of Object.keys(headers)) expect(String(record.headers[name])).toBe(String(headers[name]));
    expect(`${key}: ${row.error.code} ${row.error.message}`).toMatch(/RECORD_UNREADABLE|PAYLOAD_INVALID|SCHEMA_|HANDLER_FAILED it was run/); // prettier-ignore
  }
}, 120_000);
