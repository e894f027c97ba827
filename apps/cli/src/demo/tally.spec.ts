import { expect, test } from '@jest/globals';
import { defineEvent, defineTask } from '@sunbeon/core';
import { derivedId } from '@sunbeon/core/ids';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { Admin } from '@sunbeon/kafka';
import { jsonCodec } from '@sunbeon/schema';
import { memoryRoad, until } from '@sunbeon/testing';
import { summarise } from './summary.js';
import { Tally } from './tally.js';

const add = defineTask({ name: 'add', queue: 'sums', input: 'string', output: 'string' });
const seen = defineEvent({ name: 'seen', schema: 'string' });
const PREFIX = 'test.';
const TOPICS = { sums: 2, 'sums.dlq': 2, seen: 1, 'seen.a.dlq': 1, 'seen.b.dlq': 1, 'sunbeon.results': 1 };

async function openTally() {
  const topics = Object.fromEntries(Object.entries(TOPICS).map(([topic, count]) => [PREFIX + topic, count]));
  const road = memoryRoad({ topics });
  const contracts = [add, seen];
  const cluster = { road, codec: jsonCodec(), contracts, prefix: PREFIX, close: async () => undefined };
  const producer = await road.producer();
  const send = (topic: string, headers: OutgoingRecord['headers'], partition = 0): Promise<void> =>
    producer.send([{ topic: PREFIX + topic, key: null, value: Buffer.from('""'), headers, partition }]);
  const settle = (label: string, id: string, more: { status: string; attempt?: number; tookMs?: number }) =>
    send('sunbeon.results', {
      ce_id: id,
      ce_subject: label,
      ce_time: new Date(1_000_000 + (more.tookMs ?? 0)).toISOString(),
      'sunbeon-sent-time': '1000000',
      'sunbeon-status': more.status,
      'sunbeon-attempt': String(more.attempt ?? 1),
    });
  const said = (id: string) => ({ ce_specversion: '1.0', ce_id: id, ce_type: 'x', ce_source: 't' });
  await send('sums', said('from an earlier run'));
  const tally = await Tally.open({ ...cluster, admin: new Admin({ road, contracts, prefix: PREFIX }) });
  return { tally, road, send, settle, said, [Symbol.asyncDispose]: () => tally.close() };
}

test('each message is counted once, each outcome once, and only those of this run', async () => {
  await using demo = await openTally();
  const { tally, send, settle, said } = demo;
  const expected = new Map([['add', 4]]);

  for (const id of ['one', 'two', 'two', 'three']) await send('sums', said(id));
  await send('sums', {}, 1); // somebody else's bytes: known by their place
  const stranger = demo.road.dumpTopic(`${PREFIX}sums`).find(({ partition }) => partition === 1)!;
  await settle('add', 'from an earlier run', { status: 'succeeded' });
  await settle('add', 'one', { status: 'queued' });
  await settle('add', 'one', { status: 'succeeded', tookMs: 10 });
  await settle('add', 'one', { status: 'succeeded', tookMs: 10 });
  await settle('add', 'two', { status: 'buried', attempt: 3 });
  await until(() => tally.outcomesOf('add').length === 2, { what: 'the outcomes are read' });
  expect(await tally.isSettled(expected)).toBe(false);
  expect(tally.missing(expected)).toEqual([expect.stringMatching(/^add: no outcome for 2 of 4, for example three$/)]);
  expect(tally.missing(new Map([['add', 5]]))).toContain('add: 4 messages on the topic, 5 were sent');
  expect(tally.progress()).toBe('add 2/4, seen@a 0/0, seen@b 0/0');

  await settle('add', 'three', { status: 'dropped' });
  const { topic, partition, offset, timestampMs } = stranger;
  await settle('add', derivedId(timestampMs, topic, String(partition), String(offset)), { status: 'buried' });
  await until(() => tally.isSettled(expected), { what: 'everything is settled' });
  const { contracts } = summarise(tally, { readySeconds: 1.26, demoSeconds: 2 });
  expect(contracts['add']).toEqual({ sent: 4, succeeded: 1, retried: 1, buried: 2, ignored: 1, p50Ms: 10, p99Ms: 10 });
});

test('an event has an outcome for each of its groups', async () => {
  await using demo = await openTally();
  const { tally, send, settle, said } = demo;
  await send('seen', said('e'));
  await settle('seen@a', 'e', { status: 'succeeded', tookMs: 7 });
  await until(() => tally.outcomesOf('seen@a').length === 1, { what: 'the outcome is read' });
  expect(await tally.isSettled(new Map())).toBe(false);
  expect(tally.missing(new Map())).toEqual(['seen@b: no outcome for 1 of 1, for example e']);

  await settle('seen@b', 'e', { status: 'buried' });
  await until(() => tally.isSettled(new Map()), { what: 'both groups are done' });
});
