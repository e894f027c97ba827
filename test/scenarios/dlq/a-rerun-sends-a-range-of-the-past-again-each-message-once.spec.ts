import { expect, test } from '@jest/globals';
import { createEnvelope, JSON_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { toHeaders } from '@sunbeon/core/headers';
import { testCluster } from '@sunbeon/testing';
import { additionsIn, buryAdditions } from '../fixtures/dead-letters.js';
import { withProducer } from '../fixtures/plain-client.js';
import { sunbeon } from '../fixtures/program.js';

test('a rerun sends a range of the past again: each message once, whatever retries and copies of it lie there', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 0, { partitions: 1 });
  const say = (a: number, attempt = 1) => {
    const fields = { id: `id-${a}`, type: 'math.add', source: 'test', timeMs: 5, contentType: JSON_CONTENT_TYPE };
    const headers = toHeaders(createEnvelope({ ...fields, attempt }));
    return { topic: dead.queue, key: null, value: Buffer.from(JSON.stringify({ a, b: 0 })), headers };
  };
  await withProducer(dead.road, (producer) => producer.send([say(0), say(1), say(1, 2), say(2), say(3)])); // 1 was retried
  const rerun = async (...args: string[]) => (await sunbeon(cluster, 'rerun', 'math', ...args, '--json')).json();
  const done = (matched: number, replayed: number) => ({ matched, replayed, skipped: matched - replayed, failed: 0 });

  expect(await rerun('--since', '1h', '--dry-run')).toEqual({ ...done(4, 0), skipped: 0 });
  expect(await rerun('--partition', '0', '--from-offset', '1', '--to-offset', '4')).toEqual(done(2, 2));
  expect(await rerun('--since', '1h')).toEqual(done(4, 2));
  expect(await rerun('--since', '1h')).toEqual(done(4, 0));
  expect(await rerun('--since', '1h', '--until', '30m')).toEqual(done(0, 0));
  expect(additionsIn(await dead.read('math'))).toEqual([0, 0, 1, 1, 1, 2, 2, 3, 3]);

  const unbounded = await sunbeon(cluster, 'rerun', 'math');
  expect(unbounded).toMatchObject({ code: 1, err: expect.stringContaining('--since') });
  const beyond = await sunbeon(cluster, 'rerun', 'math', '--partition', '7', '--from-offset', '0');
  expect(beyond).toMatchObject({ code: 1, err: expect.stringContaining('has no partition 7') });
}, 60_000);
