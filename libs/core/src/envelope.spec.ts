import { expect, test } from '@jest/globals';
import { AVRO_CONTENT_TYPE, createEnvelope, withChanges } from './envelope.js';

const first = createEnvelope({ id: '1', type: 't', source: 's', timeMs: 5 });

test('a first envelope is attempt 1, in Avro, without history, and frozen', () => {
  expect(first).toMatchObject({ attempt: 1, contentType: AVRO_CONTENT_TYPE, history: [], key: undefined });
  expect(Object.isFrozen(first) && Object.isFrozen(first.history)).toBe(true);
});

test('a change is a frozen copy', () => {
  const second = withChanges(first, { attempt: 2 });
  expect(second).toEqual({ ...first, attempt: 2 });
  expect(first.attempt).toBe(1);
  expect(Object.isFrozen(second)).toBe(true);
});
