import { describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { mapped } from './errors.js';
import { Spread } from './partitioner.js';
import { chunksOf, toKafkaHeaders } from './records.js';

describe('records without key', () => {
  it('stay with one partition for a run, and every call takes the next', () => {
    const spread = new Spread();
    const turns = () => {
      const next = spread.call();
      return Array.from({ length: 250 }, () => next('t'));
    };
    const [first, second] = [turns(), turns()];
    const start = first[0]!;
    expect(first).toEqual([...Array(100).fill(start), ...Array(100).fill(start + 1), ...Array(50).fill(start + 2)]);
    expect(second[0]).toBe(start + 3);
  });
});

describe('requests', () => {
  const record = (bytes: number): OutgoingRecord => ({
    topic: 't',
    key: null,
    value: Buffer.alloc(bytes),
    headers: {},
  });

  it('may have headers without a value', () => {
    const bare = { ...record(1), headers: { flag: null, flags: [null, 'x'] } } as unknown as OutgoingRecord;
    expect(chunksOf([bare], 1_000)).toEqual([[bare]]);
    expect(toKafkaHeaders(bare.headers)).toEqual({ flag: '', flags: ['', 'x'] });
  });

  it('are cut by size, in order; what is too large for one goes alone', () => {
    const sizes = chunksOf([record(400), record(400), record(400), record(5_000), record(1)], 1_000);
    expect(sizes.map((chunk) => chunk.map(({ value }) => value!.length))).toEqual([[400, 400], [400], [5_000], [1]]);
  });
});

describe('errors of kafkajs', () => {
  const doing = { what: 'Sending', otherwise: 'SEND_FAILED' as const, facts: { topic: 't' } };
  const wrapped = (cause: object) =>
    Object.assign(new Error('retries'), { name: 'KafkaJSNumberOfRetriesExceeded', cause });

  it.each([
    [{ type: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'm' }, 'TOPIC_MISSING'],
    [{ type: 'MESSAGE_TOO_LARGE', message: 'm' }, 'RECORD_TOO_LARGE'],
    [{ name: 'KafkaJSConnectionError', message: 'm' }, 'BROKER_UNREACHABLE'],
    [{ type: 'NOT_ENOUGH_REPLICAS', message: 'm' }, 'SEND_FAILED'],
  ])('%j is %s, also when it is wrapped', (error, code) => {
    expect(mapped(error, doing)).toMatchObject({ code, facts: { topic: 't' } });
    expect(mapped(wrapped(error), doing)).toMatchObject({ code });
    expect(mapped({ errors: [error] }, doing)).toMatchObject({ code });
  });
});
