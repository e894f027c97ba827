import { expect, test } from '@jest/globals';
import { defineEvent } from '@sunbeon/core';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { scan } from '@sunbeon/kafka';
import { startTestApp } from '@sunbeon/testing';

const moved = defineEvent({
  name: 'moved',
  schema: { type: 'record', name: 'Moved', fields: [{ name: 'ship', type: 'string' }] },
  key: ({ ship }) => ship,
});

test('an event lies on its topic as a CloudEvent in binary mode, its value framed as Confluent’s serializers do', async () => {
  await using app = await startTestApp({ contracts: [moved] });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  const id = await app.publisher.publish(moved, { ship: 'Han' }, { traceparent });

  const records: IncomingRecord[] = [];
  await scan(app.road, { topic: `${app.cluster.prefix}moved` }, (record) => void records.push(record));
  expect(records).toHaveLength(1);
  const [{ key, value, headers }] = records as [IncomingRecord];
  const texts = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));
  expect(texts).toEqual({
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: 'moved',
    ce_source: 'sunbeon',
    ce_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    ce_subject: 'Han',
    'content-type': 'application/vnd.confluent.avro',
    traceparent,
    'sunbeon-attempt': '1',
  });
  expect(key!.toString()).toBe('Han');
  expect(value![0]).toBe(0);
  const answer = await fetch(`${app.cluster.registryUrl}/schemas/ids/${value!.readInt32BE(1)}`);
  expect(JSON.parse(((await answer.json()) as { schema: string }).schema)).toEqual(moved.input);
  expect(value!.subarray(5)).toEqual(Buffer.from([6, ...Buffer.from('Han')]));
});
