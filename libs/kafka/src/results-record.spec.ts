import { describe, expect, it } from '@jest/globals';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { IncomingRecord, OutgoingRecord, ResultStatus } from '@sunbeon/core/ports';
import fc from 'fast-check';
import { fromResultRecord, resultKey, toResultRecord } from './results-record.js';
import { CODEC, incoming, RESULTS } from './rig.fake.js';

const decode = (value: Buffer) => CODEC.decodeAny(value);

function read({ key, value, headers }: OutgoingRecord): IncomingRecord {
  return incoming({ topic: RESULTS, key: Buffer.from(key!), value, headers });
}

const facts = fc.record({
  id: fc.uuid(),
  group: fc.constantFrom('', '@stats'),
  status: fc.constantFrom<ResultStatus>('queued', 'retrying', 'succeeded', 'buried', 'dropped'),
  attempt: fc.integer({ min: 1, max: 100 }),
  sentMs: fc.integer({ min: 0, max: 4e12 }),
  atMs: fc.integer({ min: 1, max: 4e12 }),
  output: fc.jsonValue({ maxDepth: 2 }),
  error: fc.record({ code: fc.string(), name: fc.string(), message: fc.string() }),
  idempotencyKey: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  payloadHash: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  replyTo: fc.option(fc.nat(7), { nil: undefined }),
});

describe('a result record', () => {
  it('is read back as it was written', () =>
    fc.assert(
      fc.asyncProperty(facts, async (of) => {
        const { id, idempotencyKey, attempt, sentMs: timeMs, replyTo, status, atMs, payloadHash } = of;
        const label = `math.add${of.group}`;
        const envelope = createEnvelope({
          id,
          type: 'math.add',
          source: 's',
          timeMs,
          attempt,
          replyTo,
          idempotencyKey,
        });
        const failed = status === 'retrying' || status === 'buried' || status === 'dropped';
        const output =
          status === 'succeeded' ? await CODEC.encode({ subject: '', schema: 'null' }, of.output) : undefined;
        const record = toResultRecord(RESULTS, {
          ...{ envelope, label, status, atMs },
          ...(output === undefined ? {} : { output }),
          ...(failed ? { error: of.error } : {}),
          ...(payloadHash === undefined ? {} : { payloadHash }),
        });
        expect(record.key).toBe(resultKey(id, label));
        expect(record.value).not.toBeNull();
        expect(record.partition).toBe(replyTo);
        expect(await fromResultRecord(read(record), decode)).toEqual({
          ...{ id, contract: label, status, attempt, sentMs: timeMs, atMs },
          ...(status === 'succeeded' ? { output: JSON.parse(JSON.stringify(of.output)) as unknown } : {}),
          ...(failed ? { error: of.error } : {}),
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
          ...(payloadHash === undefined ? {} : { payloadHash }),
        });
      }),
    ));

  it('keeps the groups of one event apart, and a task under its own id', () => {
    expect([resultKey('i', 'math.add'), resultKey('i', 'flown@a'), resultKey('i', 'flown@b')]).toEqual([
      'i',
      'i@a',
      'i@b',
    ]);
  });

  it.each([
    ['no headers at all', {}],
    ['an unknown status', { ce_id: 'i', ce_subject: 's', 'sunbeon-status': 'odd' }],
    ['no id', { ce_subject: 's', 'sunbeon-status': 'buried' }],
    ['no contract', { ce_id: 'i', 'sunbeon-status': 'buried' }],
  ])('with %s is none', async (_, headers) => {
    expect(await fromResultRecord(incoming({ headers }), decode)).toBeUndefined();
  });

  it('takes its times from the record where the headers have none', async () => {
    const headers = { ce_id: 'i', ce_subject: 'math.add', 'sunbeon-status': 'queued', ce_time: 'yesterday' };
    const result = await fromResultRecord(incoming({ headers, timestampMs: 77, value: null }), decode);
    expect(result).toEqual({ id: 'i', contract: 'math.add', status: 'queued', attempt: 1, sentMs: 77, atMs: 77 });
  });
});
