import { describe, expect, it } from '@jest/globals';
import type { Failure, Verdict } from '@sunbeon/core';
import { createEnvelope, type Envelope } from '@sunbeon/core/envelope';
import { fingerprint } from '@sunbeon/core/fingerprint';
import { headerText, HEADER } from '@sunbeon/core/headers';
import type { Binding, OutgoingRecord } from '@sunbeon/core/ports';
import fc from 'fast-check';
import { originOf } from './dead-letter.js';
import { routeOf } from './names.js';
import { ADD, bindingOf, FLOWN, incoming, RESULTS } from './rig.fake.js';
import { sizeOf } from './record-size.js';
import { type Judged, settlement } from './settle.js';
import { policyOf } from '@sunbeon/core/policy';

const NOW = Date.UTC(2026, 5, 1);
const ERROR: Failure = { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no "x"', stack: 'at x', retriable: true };
const handle = () => Promise.resolve(null);
const task = bindingOf(ADD, handle);
const event = bindingOf(FLOWN, handle, {
  group: 'stats',
  policy: policyOf({ retry: { delaysMs: [1_000] }, recordOutcomes: false }, {}, 'test'),
});
const recorded = { ...event, policy: { ...event.policy, recordOutcomes: true } };

const VERDICTS: Record<string, Judged['verdict']> = {
  finish: { kind: 'finish', output: Buffer.from('3') },
  drop: { kind: 'drop', reason: 'old' },
  retry: { kind: 'retry', atMs: NOW + 60_000, error: ERROR },
  bury: { kind: 'bury', error: ERROR },
};

function settled(binding: Binding, verdict: Judged['verdict'], over: Partial<Envelope> = {}): OutgoingRecord[] {
  const { contract, group } = binding;
  const envelope = createEnvelope({ id: 'id-1', type: contract.name, source: 's', timeMs: 5, replyTo: 2, ...over });
  const record = incoming({ key: Buffer.from('k'), headers: { mine: 'x', twice: ['a', 'b'] } });
  const context = {
    route: routeOf(contract, group),
    resultsTopic: RESULTS,
    resultsPartitions: 8,
    by: 'me',
    outputContentType: 'application/x',
  };
  return settlement({ record, envelope, binding, verdict, startedMs: NOW - 7, nowMs: NOW }, context);
}

const text = (record: OutgoingRecord, name: string) => headerText(record.headers, name);

describe('a verdict becomes exactly these records', () => {
  it.each([
    ['finish', 'task', task, ['sunbeon.results=succeeded']],
    ['drop', 'task', task, ['sunbeon.results=dropped']],
    ['retry', 'task', task, ['math.retry.1m', 'sunbeon.results=retrying']],
    ['bury', 'task', task, ['math.dlq', 'sunbeon.results=buried']],
    ['finish', 'event', event, []],
    ['drop', 'event', event, []],
    ['retry', 'event', event, ['flown.stats.retry.1s']],
    ['bury', 'event', event, ['flown.stats.dlq']],
    ['finish', 'recorded event', recorded, ['sunbeon.results=succeeded']],
    ['drop', 'recorded event', recorded, ['sunbeon.results=dropped']],
    ['retry', 'recorded event', recorded, ['flown.stats.retry.1s', 'sunbeon.results=retrying']],
    ['bury', 'recorded event', recorded, ['flown.stats.dlq', 'sunbeon.results=buried']],
  ])('%s of a %s', (verdict, _, binding, expected) => {
    const records = settled(binding, VERDICTS[verdict]!);
    const status = (record: OutgoingRecord) => (record.topic === RESULTS ? `=${text(record, HEADER.status)}` : '');
    expect(records.map((record) => record.topic + status(record))).toEqual(expected);
  });

  it('a result of a task goes to its requester, under its id; that of an event to nobody, under id and group', () => {
    const [result] = settled(task, VERDICTS['finish']!);
    expect(result).toMatchObject({ key: 'id-1', partition: 2, value: Buffer.from('3') });
    expect(text(result!, HEADER.contentType)).toBe('application/x');
    expect(text(result!, HEADER.subject)).toBe('math.add');
    const [outcome] = settled(recorded, VERDICTS['finish']!);
    expect(outcome).toMatchObject({ key: 'id-1@stats' });
    expect(outcome).not.toHaveProperty('partition');
    expect(text(outcome!, HEADER.subject)).toBe('flown@stats');
  });

  it('a requester that asks for a partition that is not there is answered where the id goes', () => {
    const [last] = settled(task, VERDICTS['finish']!, { replyTo: 7 });
    expect(last).toHaveProperty('partition', 7);
    const [beyond] = settled(task, VERDICTS['finish']!, { replyTo: 8 });
    expect(beyond).not.toHaveProperty('partition');
  });

  it('an output of nothing is the JSON null, never a tombstone', () => {
    const [result] = settled(task, { kind: 'finish', output: null });
    expect(result!.value?.toString()).toBe('null');
    expect(text(result!, HEADER.contentType)).toBe('application/json');
  });

  it('a drop says why, a retry and a burial say what went wrong, without the stack', () => {
    const said = (verdict: string) =>
      JSON.parse(settled(task, VERDICTS[verdict]!).at(-1)!.value!.toString()) as unknown;
    expect(said('drop')).toEqual({ code: 'TASK_DROPPED', name: 'Drop', message: 'old' });
    const [expired] = settled(task, { kind: 'drop', code: 'EXPIRED', reason: 'too late' });
    expect(JSON.parse(expired!.value!.toString())).toEqual({ code: 'EXPIRED', name: 'EXPIRED', message: 'too late' });
    expect(said('retry')).toEqual({ code: 'HANDLER_FAILED', name: 'TypeError', message: 'no "x"' });
    expect(said('bury')).toEqual(said('retry'));
  });
});

describe('a retry record', () => {
  const past = { attempt: 1, atMs: 1, by: 'other', code: 'C', name: 'N', message: 'M' };

  it('carries the next attempt, when it is due and what went wrong, and keeps bytes and foreign headers', () => {
    const [record] = settled(task, VERDICTS['retry']!, { attempt: 2, history: [past] });
    expect([record!.key, record!.value]).toEqual([Buffer.from('k'), Buffer.from('1')]);
    expect(record!.headers).toMatchObject({ mine: 'x', twice: ['a', 'b'] });
    expect(text(record!, HEADER.id)).toBe('id-1');
    expect(text(record!, HEADER.attempt)).toBe('3');
    expect(text(record!, HEADER.notBefore)).toBe(String(NOW + 60_000));
    expect(JSON.parse(text(record!, HEADER.history)!)).toEqual([
      past,
      { attempt: 2, atMs: NOW, by: 'me', code: 'HANDLER_FAILED', name: 'TypeError', message: 'no "x"' },
    ]);
  });

  it.each([
    [0, '1s'],
    [999, '1s'],
    [1_000, '1s'],
    [59_899, '1s'],
    [59_900, '1m'], // a hop takes a moment itself
    [60_000, '1m'],
    [3_600_000, '1m'],
  ])('of a wait of %i ms waits in %s', (waitMs, label) => {
    const [record] = settled(task, { kind: 'retry', atMs: NOW + waitMs, error: ERROR });
    expect(record!.topic).toBe(`math.retry.${label}`);
  });

  it('keeps the latest twenty attempts', () => {
    const history = Array.from({ length: 20 }, (_, i) => ({ ...past, attempt: i + 1 }));
    const [record] = settled(task, VERDICTS['retry']!, { attempt: 21, history });
    const kept = JSON.parse(text(record!, HEADER.history)!) as { attempt: number }[];
    expect([kept.length, kept[0]!.attempt, kept.at(-1)!.attempt]).toEqual([20, 2, 21]);
  });
});

describe('a buried record', () => {
  it('says where it comes from in big-endian numbers, and why it is there', () => {
    const record = incoming({ topic: 'math', partition: 258, offset: 2 ** 33 + 7, timestampMs: 1_700_000_000_123 });
    const context = {
      route: routeOf(ADD, undefined),
      resultsTopic: RESULTS,
      resultsPartitions: 8,
      by: 'me',
      outputContentType: 'x',
    };
    const verdict = { kind: 'bury', error: ERROR } as const;
    const [dead, ...more] = settlement(
      { record, envelope: undefined, binding: undefined, verdict, startedMs: NOW - 7, nowMs: NOW },
      context,
    );
    expect(more).toEqual([]); // nobody waits for what could not be read
    expect(dead!.headers).toEqual({
      'kafka_dlt-original-topic': 'math',
      'kafka_dlt-original-partition': Buffer.from('00000102', 'hex'),
      'kafka_dlt-original-offset': Buffer.from('0000000200000007', 'hex'),
      'kafka_dlt-original-timestamp': Buffer.from('0000018bcfe5687b', 'hex'),
      'kafka_dlt-original-timestamp-type': 'CreateTime',
      'sunbeon-first-seen': String(NOW - 7),
      'kafka_dlt-original-consumer-group': 'math',
      'kafka_dlt-exception-fqcn': 'TypeError',
      'kafka_dlt-exception-message': 'no "x"',
      'kafka_dlt-exception-stacktrace': 'at x',
      'sunbeon-error-code': 'HANDLER_FAILED',
      'sunbeon-fingerprint': fingerprint('math', ERROR),
    });
    expect(originOf(dead!.headers)).toEqual({ topic: 'math', partition: 258, offset: 2 ** 33 + 7, timestampMs: 1_700_000_000_123 }); // prettier-ignore
  });

  const bytes = fc.option(fc.uint8Array({ maxLength: 50 }).map((one) => Buffer.from(one)));
  const failure = fc.record<Failure>({
    code: fc.string({ unit: 'binary' }),
    name: fc.string({ unit: 'binary' }),
    message: fc.string({ unit: 'binary', maxLength: 5_000 }),
    stack: fc.string({ unit: 'binary', maxLength: 20_000 }),
    retriable: fc.boolean(),
  });
  const headers = fc.dictionary(
    fc.stringMatching(/^x-[a-z]{1,5}$/),
    fc.uint8Array().map((one) => Buffer.from(one)),
  );

  it('keeps key, value and foreign headers byte for byte, whatever the failure, and grows by little', () => {
    fc.assert(
      fc.property(bytes, bytes, headers, failure, (key, value, foreign, error) => {
        const record = incoming({ key, value, headers: foreign });
        const envelope = createEnvelope({ id: 'i', type: 'math.add', source: 's', timeMs: 5 });
        const context = {
          route: routeOf(ADD, undefined),
          resultsTopic: RESULTS,
          resultsPartitions: 8,
          by: 'me',
          outputContentType: 'x',
        };
        const verdict: Verdict & { kind: 'bury' } = { kind: 'bury', error };
        const [dead] = settlement(
          { record, envelope, binding: task, verdict, startedMs: NOW - 7, nowMs: NOW },
          context,
        );
        expect([dead!.key, dead!.value]).toEqual([key, value]);
        expect(dead!.headers).toMatchObject(foreign);
        expect(sizeOf(dead!) - sizeOf({ ...record, topic: 'math' })).toBeLessThan(64 * 1024);
      }),
    );
  });
});
