import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { startApp } from '../fixtures/program.js';
import { documentOf, post } from '../fixtures/door.js';

test('a task goes through the door and its result comes back: long poll, many at once, stream, idempotency', async () => {
  const cluster = testCluster();
  await using _consumer = await startApp('consumer', cluster);
  await using door = await startApp('producer', cluster);

  const accepted = await post(`${door.url}/tasks/math.add`, '{"a":2,"b":40}');
  expect(accepted.status).toBe(202);
  const { id } = await documentOf(accepted);
  expect(accepted.headers.get('location')).toBe(`/tasks/${id}`);
  const waited = await fetch(`${door.url}/tasks/${id}/result?waitMs=30000`);
  expect(waited.status).toBe(200);
  expect(await documentOf(waited)).toMatchObject({ id, status: 'succeeded', attempt: 1, output: { sum: 42 } });

  const lines = Array.from({ length: 20 }, (_, a) => JSON.stringify({ a, b: 1 })).join('\n');
  const many = await documentOf(await post(`${door.url}/tasks/math.add`, lines, { 'content-type': 'application/x-ndjson' }));
  expect(many.count).toBe(20);
  const results = await Promise.all(many.tasks.map(async ({ links }: { links: { result: string } }) => documentOf(await fetch(`${door.url}${links.result}?waitMs=30000`))));
  expect(results.map(({ output }) => output.sum)).toEqual(Array.from({ length: 20 }, (_, a) => a + 1));

  const key = { 'idempotency-key': 'order-1' };
  const [first, second] = [await post(`${door.url}/tasks/math.add`, '{"a":1,"b":2}', key), await post(`${door.url}/tasks/math.add`, '{"b":2,"a":1}', key)];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  const once = await documentOf(first);
  expect((await documentOf(second)).id).toBe(once.id);
  const other = await post(`${door.url}/tasks/math.add`, '{"a":9,"b":9}', key);
  expect([other.status, (await documentOf(other)).code]).toEqual([422, 'IDEMPOTENCY_CONFLICT']);

  const stream = await fetch(`${door.url}${once.links.events}`);
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  expect(await stream.text()).toContain('"output":{"sum":3}'); // the stream ends by itself after the final status
}, 60_000); // prettier-ignore
