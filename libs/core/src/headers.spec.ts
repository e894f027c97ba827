import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AVRO_CONTENT_TYPE, createEnvelope, type Envelope, JSON_CONTENT_TYPE } from './envelope.js';
import { fromHeaders, HEADER, type HeaderDefaults, headerText, type RecordHeaders, toHeaders } from './headers.js';

const text = fc.string({ unit: 'grapheme' });
const named = fc.string({ minLength: 1 });
const moment = fc.integer({ min: 0, max: 4e12 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const attemptRecord = fc.record({
  attempt: fc.integer({ min: 1 }),
  atMs: moment,
  by: text,
  code: text,
  name: text,
  message: text,
});

const envelopes: fc.Arbitrary<Envelope> = fc.record({
  id: named,
  type: named,
  source: text,
  timeMs: moment,
  key: maybe(text),
  contentType: fc.constantFrom(AVRO_CONTENT_TYPE, JSON_CONTENT_TYPE, 'image/jpeg'),
  attempt: fc.integer({ min: 1, max: 999 }),
  maxAttempts: maybe(fc.nat(99)),
  notBeforeMs: maybe(moment),
  deadlineMs: maybe(moment),
  replyTo: maybe(fc.nat()),
  parentId: maybe(text),
  replayOf: maybe(text),
  idempotencyKey: maybe(text),
  traceparent: maybe(text),
  tracestate: maybe(text),
  firstSeenMs: maybe(moment),
  retryingSinceMs: maybe(moment),
  history: fc.array(attemptRecord, { maxLength: 4 }),
});

const blank: HeaderDefaults = { id: 'default-id', type: undefined, timeMs: 5, key: undefined, value: null };

/** As a client gives them: bytes, repeated, without a value. */
const wireValue = fc.oneof(
  fc.string(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.array(fc.string(), { maxLength: 2 }),
  fc.constantFrom(null, undefined, [null]),
) as fc.Arbitrary<RecordHeaders[string]>;
const numberlike = fc.constantFrom('-1', '1.5', '1e9', 'NaN', '99999999999999999999', '0x10', '٣', '', ' 7');
const jsonlike = fc.oneof(fc.json(), fc.constantFrom('[null]', '[{"attempt":1}]', '[', '{"length":3}'));
const wireHeaders = fc.dictionary(
  fc.oneof(fc.constantFrom(...Object.values(HEADER)), fc.string()),
  fc.oneof(wireValue, numberlike, jsonlike),
);

describe('headers', () => {
  test('an envelope written and read again is the same envelope', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        expect(fromHeaders(toHeaders(envelope), { ...blank, key: envelope.key })).toEqual(envelope);
      }),
    );
  });

  test('and so it is when the client gives bytes, repeated', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const bytes = Object.entries(toHeaders(envelope)).map(([name, value]) => [
          name,
          [Buffer.from(value), 'second'],
        ]);
        expect(fromHeaders(Object.fromEntries(bytes), { ...blank, key: envelope.key })).toEqual(envelope);
      }),
    );
  });

  test('malformed headers never throw, and what they make can be written and read again', () => {
    fc.assert(
      fc.property(wireHeaders, fc.double(), (headers, timeMs) => {
        const envelope = fromHeaders(headers, { ...blank, type: 'math.add', timeMs })!;
        expect(envelope.attempt).toBeGreaterThanOrEqual(1);
        for (const past of envelope.history) expect(typeof past.message).toBe('string');
        const again = fromHeaders(toHeaders(envelope), blank)!;
        expect({ ...again, timeMs: 0 }).toEqual({ ...envelope, timeMs: 0, key: undefined });
      }),
      { numRuns: 1_000 },
    );
  });

  test('what is undefined is no header', () => {
    const headers = toHeaders(createEnvelope({ id: '1', type: 't', source: 's', timeMs: 0 }));
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: '1',
      ce_type: 't',
      ce_source: 's',
      ce_time: '1970-01-01T00:00:00.000Z',
      'content-type': AVRO_CONTENT_TYPE,
      'sunbeon-attempt': '1',
    });
  });

  test('a record of an ordinary client, without any header, gets the defaults', () => {
    const defaults = { id: 'd', type: 'math.add', timeMs: 7, key: 'k', value: Buffer.from('{}') };
    expect(fromHeaders({}, defaults)).toEqual({
      ...createEnvelope({ id: 'd', type: 'math.add', source: 'unknown', timeMs: 7, key: 'k' }),
      contentType: JSON_CONTENT_TYPE,
    });
    expect(fromHeaders({}, { ...defaults, type: undefined })).toBeUndefined();
  });

  // prettier-ignore
  test.each([
    ['JSON says so',             'application/json',                Buffer.of(0), JSON_CONTENT_TYPE],
    ['JSON with a charset',      'application/json; charset=utf-8', Buffer.of(0), JSON_CONTENT_TYPE],
    ['JSON of a CloudEvent',     'application/cloudevents+json',    Buffer.of(0), JSON_CONTENT_TYPE],
    ['something else says so',   'image/png',                       Buffer.of(0), 'image/png'],
    ['silent, the magic byte',   undefined,                         Buffer.of(0), AVRO_CONTENT_TYPE],
    ['empty, the magic byte',    '',                                Buffer.of(0), AVRO_CONTENT_TYPE],
    ['silent, a brace',          undefined,                         Buffer.from('{'), JSON_CONTENT_TYPE],
    ['silent, nothing',          undefined,                         null,         JSON_CONTENT_TYPE],
  ])('content type: %s', (_what, declared, value, contentType) => {
    const headers = declared === undefined ? {} : { [HEADER.contentType]: declared };
    expect(fromHeaders(headers, { ...blank, type: 't', value })!.contentType).toBe(contentType);
  });

  test.each(['0', '-1', '1.5', 'x', '', '1e3', '9'.repeat(20)])('attempt %j counts as the first', (attempt) => {
    expect(fromHeaders({ [HEADER.attempt]: attempt }, { ...blank, type: 't' })!.attempt).toBe(1);
  });

  test('headerText reads the first value, and none where Kafka has a null', () => {
    expect(headerText({ a: [Buffer.from('x'), 'y'] }, 'a')).toBe('x');
    expect(headerText({ a: null } as unknown as RecordHeaders, 'a')).toBeUndefined();
    expect(headerText({ a: [] }, 'a')).toBeUndefined();
    expect(headerText({}, 'a')).toBeUndefined();
  });

  test('no two headers have one name', () => {
    expect(new Set(Object.values(HEADER)).size).toBe(Object.keys(HEADER).length);
  });
});
