import { describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { balance } from './assigner.js';
import { mapped } from './errors.js';
import { Spread } from './partitioner.js';
import { chunksOf, toKafkaHeaders } from './records.js';

describe('sharing partitions out', () => {
  const partitions = (topic: string, n: number) => Array.from({ length: n }, (_, partition) => ({ topic, partition }));

  it('is even over all topics, not per topic', () => {
    const both = new Set(['a', 'b']);
    const shares = balance(new Map([['m1', both], ['m2', both]]), [...partitions('a', 3), ...partitions('b', 3)]); // prettier-ignore
    expect([...shares.values()].map((share) => Object.values(share).flat().length)).toEqual([3, 3]);
  });

  it('gives a member only what it subscribes to', () => {
    const shares = balance(new Map([['m1', new Set(['a'])], ['m2', new Set(['b'])]]), [...partitions('a', 2), ...partitions('b', 1)]); // prettier-ignore
    expect(Object.fromEntries(shares)).toEqual({ m1: { a: [0, 1] }, m2: { b: [0] } });
  });

  it('leaves out what nobody subscribes to, and members without a share get an empty one', () => {
    const shares = balance(new Map([['m1', new Set(['a'])], ['m2', new Set(['a'])]]), [...partitions('a', 1), ...partitions('x', 1)]); // prettier-ignore
    expect(Object.fromEntries(shares)).toEqual({ m1: { a: [0] }, m2: {} });
  });
});

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
