import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Contract, ContractRegistry, defineEvent, defineTask } from './contract.js';
import { type Addressees, type Opened, opener } from './open.js';
import type { Binding, IncomingRecord } from './ports.js';
import { policyOf } from './policy.js';

const add = defineTask({ name: 'math.add', queue: 'math', input: 'string' });
const mul = defineTask({ name: 'math.mul', queue: 'math', input: 'string' });
const mail = defineTask({ name: 'mail.send', queue: 'mail', input: 'string' });
const flown = defineEvent({ name: 'flight.recorded', topic: 'flights', schema: 'string' });
const landed = defineEvent({ name: 'flight.landed', topic: 'flights', schema: 'string' });
const contracts = new ContractRegistry([add, mul, mail, flown, landed]);

const bind = (contract: Contract): Binding => ({
  contract,
  group: contract.kind === 'event' ? 'g' : undefined,
  policy: policyOf({ retry: { delaysMs: [] }, recordOutcomes: false }, {}, 'test'),
  where: 'Here.handle',
  handle: async () => undefined,
});

const addressees = (topic: string, ...bound: Contract[]): Addressees => ({
  bindings: new Map(bound.map((contract) => [contract.name, bind(contract)])),
  contracts,
  topic,
});

const record = (change: Partial<IncomingRecord>): IncomingRecord => ({
  topic: 'math',
  partition: 3,
  offset: 14,
  key: null,
  value: Buffer.from('"x"'),
  headers: {},
  timestampMs: 1_700_000_000_000,
  ...change,
});

const typed = (type: string): Partial<IncomingRecord> => ({ headers: { ce_type: type } });
const why = (opened: Opened): string => (opened.kind === 'unreadable' ? opened.error.message : `it is ${opened.kind}`);

const openRecord = (one: IncomingRecord, whose: Addressees): Opened => opener(whose)(one);

describe('a record that is opened', () => {
  test('finds the handler that its type names', () => {
    const math = addressees('math', add, mul);
    const opened = openRecord(record({ ...typed('math.mul'), key: Buffer.from('k') }), math);
    expect(opened).toMatchObject({
      kind: 'message',
      binding: { contract: mul },
      envelope: { type: 'math.mul', key: 'k' },
    });
  });

  test('an ordinary client’s record is the topic’s only contract; its id is of its place, the same at every delivery', () => {
    const open = (change: Partial<IncomingRecord> = {}): Opened =>
      openRecord(record({ topic: 'mail', ...change }), addressees('mail', mail));
    const opened = open();
    expect(opened).toMatchObject({ kind: 'message', envelope: { type: 'mail.send', timeMs: 1_700_000_000_000 } });
    const idOf = (it: Opened): string | undefined => (it.kind === 'message' ? it.envelope.id : undefined);
    expect(idOf(open())).toBe(idOf(opened));
    const others = [open({ offset: 15 }), open({ partition: 4 }), open({ topic: 'mail2' })].map(idOf);
    expect(new Set([idOf(opened), ...others]).size).toBe(4);
  });

  test('without a type on a topic of several contracts it is nobody’s, also when only one of them is handled here', () => {
    expect(why(openRecord(record({}), addressees('math', add, mul)))).toContain('no ce_type header');
    expect(why(openRecord(record({ topic: 'flights' }), addressees('flights', flown)))).toContain('no ce_type header');
  });

  test('a null value is unreadable, and its envelope is kept for the DLQ', () => {
    const opened = openRecord(record({ ...typed('math.add'), value: null }), addressees('math', add));
    expect(why(opened)).toBe('The record cannot be read: its value is null');
    expect(opened).toMatchObject({
      envelope: { type: 'math.add' },
      error: { code: 'RECORD_UNREADABLE', retriable: false },
    });
  });

  test('another event of the same topic is somebody else’s', () => {
    expect(openRecord(record(typed('flight.landed')), addressees('flights', flown))).toEqual({ kind: 'foreign' });
  });

  test('a deployment’s prefix before the topic changes nothing', () => {
    const flights = addressees('blue.flights', flown);
    expect(openRecord(record(typed('flight.landed')), flights)).toEqual({ kind: 'foreign' });
    const opened = openRecord(record({ topic: 'blue.mail' }), addressees('blue.mail', mail));
    expect(opened).toMatchObject({ kind: 'message', binding: { contract: mail } });
  });

  test('a task that nobody handles, or an event of another topic, is unreadable', () => {
    const math = addressees('math', add);
    expect(why(openRecord(record(typed('math.mul')), math))).toContain('no handler of "math" takes "math.mul".');
    expect(why(openRecord(record(typed('flight.landed')), math))).toContain(
      'no handler of "math" takes "flight.landed".',
    );
    expect(why(openRecord(record(typed('math.ad')), math))).toContain('Did you mean "math.add"?');
  });

  test('a megabyte of a type makes neither a long search nor a long message', () => {
    const began = process.cpuUsage();
    expect(why(openRecord(record(typed('x'.repeat(1_000_000))), addressees('math', add))).length).toBeLessThan(300);
    expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
  });

  test('never throws, whatever bytes, headers and times a record has', () => {
    const bytes = fc.option(fc.uint8Array().map((list) => Buffer.from(list)));
    const anyRecord = fc.record({
      topic: fc.string(),
      partition: fc.nat(),
      offset: fc.maxSafeNat(),
      key: bytes,
      value: bytes,
      headers: fc.dictionary(
        fc.constantFrom('ce_type', 'ce_id', 'ce_time', 'sunbeon-attempt', '__proto__'),
        fc.oneof(fc.string(), fc.constant(null)),
      ),
      timestampMs: fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constant(1.7e18)),
    });
    fc.assert(
      fc.property(anyRecord, (raw) => {
        const opened = openRecord(raw as unknown as IncomingRecord, addressees('mail', mail));
        return ['message', 'foreign', 'unreadable'].includes(opened.kind);
      }),
    );
  });
});
