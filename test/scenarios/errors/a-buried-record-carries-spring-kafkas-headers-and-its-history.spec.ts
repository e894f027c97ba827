import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const lift = defineTask({ name: 'lift', queue: 'cranes', input: 'int', retry: { delaysMs: [50] } });

@Injectable()
class Crane {
  @Handles(lift)
  lift(): null {
    throw new RangeError('too heavy');
  }
}

test('a buried record carries the headers of Spring Kafka’s dead letters, and the history of its attempts', async () => {
  await using app = await startTestApp({ contracts: [lift], handlers: [Crane], partitions: 1 });
  const started = collect(app.events, 'attempt.started');
  const handle = await app.tasks.enqueue(lift, 40);
  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });

  const [{ record }] = (await app.buried('cranes')) as [Awaited<ReturnType<typeof app.buried>>[0]];
  const header = (name: string): Buffer => record.headers[`kafka_dlt-${name}`] as Buffer;
  const topic = `${app.cluster.prefix}cranes`;
  expect(record.topic).toBe(`${topic}.dlq`);
  expect(header('original-topic').toString()).toBe(topic);
  // Big-endian, as ByteBuffer.putInt and putLong write them in Spring Kafka's DeadLetterPublishingRecoverer.
  expect(header('original-partition')).toEqual(Buffer.alloc(4));
  expect(header('original-offset')).toHaveLength(8);
  expect(header('original-offset').readBigInt64BE()).toBe(BigInt(started[1]!.offset));
  expect(Number(header('original-timestamp').readBigInt64BE())).toBeGreaterThan(Date.now() - 60_000);
  expect(header('original-timestamp-type').toString()).toBe('CreateTime');
  expect(header('original-consumer-group').toString()).toBe(topic);
  expect(header('exception-fqcn').toString()).toBe('RangeError');
  expect(header('exception-message').toString()).toBe('too heavy');
  expect(header('exception-stacktrace').toString()).toMatch(/^RangeError: too heavy\n\s+at /);

  const history = JSON.parse(String(record.headers['sunbeon-history'])) as object[];
  expect(history).toMatchObject([
    { attempt: 1, code: 'HANDLER_FAILED', name: 'RangeError', message: 'too heavy', by: 'sunbeon' },
    { attempt: 2, code: 'HANDLER_FAILED', name: 'RangeError', message: 'too heavy', by: 'sunbeon' },
  ]);
});
