import { describe, expect, test } from '@jest/globals';
import type { AvroInput, AvroSchema, AvroValue } from './avro.js';
import {
  ContractRegistry,
  defineEvent,
  defineTask,
  type InputOf,
  isContract,
  type OutputOf,
  type PayloadOf,
  type ReturnOf,
  topicOf,
} from './contract.js';
import { SunbeonError } from './errors.js';
import { DEFAULT_ON_ERROR } from './error-policy.js';

const ORDER = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    {
      name: 'lines',
      type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'sku', type: 'string' }] } },
    },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['open', 'paid'] } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'tags', type: { type: 'map', values: 'int' } },
    { name: 'atMs', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 16 } },
  ],
} as const;

const add = defineTask({
  name: 'math.add',
  queue: 'math',
  input: {
    type: 'record',
    name: 'Add',
    fields: [
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double', default: 0 },
    ],
  },
  output: 'double',
  key: (input) => String(input.a),
});
const ship = defineTask({ name: 'order.ship', queue: 'orders', input: ORDER });
const shipped = defineEvent({ name: 'order.shipped', schema: ORDER, key: (order) => order.id });

const message = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof SunbeonError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('defineTask', () => {
  test('is a frozen value, filled up with the defaults', () => {
    expect(ship).toMatchObject({
      kind: 'task',
      name: 'order.ship',
      queue: 'orders',
      output: 'null',
      key: undefined,
      policy: {
        onError: DEFAULT_ON_ERROR,
        order: 'key',
        timeLimit: undefined,
        concurrency: undefined,
        recordOutcomes: true,
      },
    });
    expect(Object.isFrozen(ship)).toBe(true);
    expect(topicOf(ship)).toBe('orders');
    expect(defineTask({ name: 't', queue: 'q', input: 'null', retry: { delaysMs: [5] } }).policy.onError).toMatchObject(
      [{ verb: 'retry', retry: { delaysMs: [5], retries: 1 } }],
    );
  });

  const good = { name: 'a.b', queue: 'q', input: 'string' } as const;
  const any = (options: object): never => options as never; // what JavaScript may give
  // prettier-ignore
  test.each([
    ['an empty name',      { ...good, name: '' },             'CONTRACT_INVALID task "": the name is not usable. Use 1 to 200 letters'],
    ['no name',            { queue: 'q', input: 'int' },      'CONTRACT_INVALID task "undefined": the name is not usable.'],
    ['a name with spaces', { ...good, name: 'send mail' },    'CONTRACT_INVALID task "send mail": the name is not usable.'],
    ['a long name',        { ...good, name: 'x'.repeat(201) }, ': the name is not usable.'],
    ['no queue',           { name: 'a', input: 'int' },       'CONTRACT_INVALID task "a": queue: "undefined" cannot be a topic of tasks or events. Use 1 to 189'],
    ['a queue with slash', { ...good, queue: 'a/b' },         'task "a.b": queue: "a/b" cannot be a topic'],
    ['a long queue',       { ...good, queue: 'q'.repeat(190) }, 'Use 1 to 189 letters'],
    ['dots for a queue',   { ...good, queue: '..' },          'and more than dots.'],
    ['a retry topic',      { ...good, queue: 'q.retry.1s' },  'belong to Sunbeon'],
    ['a retry group',      { ...good, queue: 'q.retry' },     'belong to Sunbeon'],
    ['a DLQ',              { ...good, queue: 'q.dlq' },       'belong to Sunbeon'],
    ['a system topic',     { ...good, queue: 'sunbeon.x' },   'belong to Sunbeon'],
    ['a topic of Kafka',   { ...good, queue: '__consumer_offsets' }, '"__" to Kafka'],
    ['no input',           { name: 'a', queue: 'q' },         'CONTRACT_INVALID task "a": input: an Avro schema is missing.'],
    ['a null input',       { ...good, input: null },          'an Avro schema is missing.'],
    ['a key of text',      { ...good, key: 'airport' },       'CONTRACT_INVALID task "a.b": the key is no function.'],
    ['an unknown option',  { ...good, retries: 3 },           'OPTION_UNKNOWN task "a.b": nobody reads the option "retries". Known options: name,'],
    ['a slip of the pen',  { ...good, ouptut: 'int' },        'OPTION_UNKNOWN task "a.b": nobody reads the option "ouptut". Did you mean "output"?'],
    ['a bad delay',        { ...good, retry: { delaysMs: [-1] } }, 'OPTION_INVALID task "a.b": retry.delaysMs has -1.'],
  ])('refuses %s', (_what, options, text) => {
    expect(message(() => defineTask(any(options)))).toContain(text);
  });

  test.each(['retry', 'my.retry-queue', 'dlq', 'a.dlq.b', 'sunbeon', '_x', 'q'.repeat(189)])(
    'accepts the queue %s',
    (queue) => {
      expect(defineTask({ ...good, queue }).queue).toBe(queue);
    },
  );
});

describe('defineEvent', () => {
  test('has its name as its topic, unless told otherwise', () => {
    expect(shipped).toMatchObject({ kind: 'event', topic: 'order.shipped', input: ORDER });
    expect(topicOf(defineEvent({ name: 'a', topic: 'b', schema: 'string' }))).toBe('b');
    expect(Object.isFrozen(shipped)).toBe(true);
  });

  // prettier-ignore
  test.each([
    ['a bad name',     { name: 'a b', schema: 'int' },                'CONTRACT_INVALID event "a b": the name is not usable.'],
    ['a bad topic',    { name: 'a', topic: 'x.dlq', schema: 'int' },  'CONTRACT_INVALID event "a": topic: "x.dlq" cannot be a topic'],
    ['a bad key',      { name: 'a', schema: 'int', key: 1 },          'CONTRACT_INVALID event "a": the key is no function.'],
    ['no schema',      { name: 'a' },                                 'CONTRACT_INVALID event "a": schema: an Avro schema is missing.'],
    ['a task’s option', { name: 'a', schema: 'int', shema: 'int' },   'OPTION_UNKNOWN event "a": nobody reads the option "shema". Did you mean "schema"?'],
  ])('refuses %s', (_what, options, text) => {
    expect(message(() => defineEvent(options as never))).toContain(text);
  });
});

describe('ContractRegistry', () => {
  const registry = new ContractRegistry([add, ship, shipped, add]);

  test('finds by name and kind; the same contract twice is one', () => {
    expect(registry.all()).toEqual([add, ship, shipped]);
    expect(registry.find('math.add')).toBe(add);
    expect(registry.find('math.mul')).toBeUndefined();
    expect(registry.get('math.add', 'task')).toBe(add);
    expect(registry.get('order.shipped', 'event')).toBe(shipped);
  });

  // prettier-ignore
  test.each([
    ['math.ad',       'task',  'CONTRACT_UNKNOWN There is no task named "math.ad". Did you mean "math.add"?'],
    ['order.shiped',  'event', 'CONTRACT_UNKNOWN There is no event named "order.shiped". Did you mean "order.shipped"?'],
    ['nothing.like',  'task',  'CONTRACT_UNKNOWN There is no task named "nothing.like". Known: math.add, order.ship.'],
    ['order.shipped', 'task',  'CONTRACT_UNKNOWN There is no task named "order.shipped". "order.shipped" is an event.'],
    ['math.add',      'event', 'CONTRACT_UNKNOWN There is no event named "math.add". "math.add" is a task.'],
    ['__proto__',     'task',  'CONTRACT_UNKNOWN There is no task named "__proto__".'],
  ] as const)('%s is no %s', (name, kind, text) => {
    expect(message(() => registry.get(name, kind))).toContain(text);
  });

  test('says so when it is empty', () => {
    expect(message(() => new ContractRegistry([]).get('x', 'task'))).toContain('Known: none.');
  });

  test('refuses two contracts of one name', () => {
    const other = defineEvent({ name: 'math.add', schema: 'string' });
    expect(message(() => new ContractRegistry([add, other]))).toBe(
      'CONTRACT_DUPLICATE Two contracts are named "math.add". Rename one: a name is what a message carries.',
    );
  });
});

test.each([
  [add, true],
  [shipped, true],
  [null, false],
  ['math.add', false],
  [{}, false],
  [{ kind: 'task', name: 'x' }, false],
  [class Handler {}, false],
])('isContract(%o) is %s', (value, answer) => {
  expect(isContract(value)).toBe(answer);
});

/* ---- Types: `tsc -p tsconfig.spec.json` is what tests these; an error that does not come is itself an error. ---- */

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => undefined;

test('the types of a contract are those of its schema literals', () => {
  holds<Same<PayloadOf<typeof add>, { a: number; b: number }>>();
  holds<Same<InputOf<typeof add>, { readonly a: number; readonly b?: number }>>();
  holds<Same<OutputOf<typeof add>, number>>();
  holds<Same<ReturnOf<typeof add>, number>>();
  holds<Same<OutputOf<typeof ship>, null>>();
  holds<Same<ReturnOf<typeof ship>, null | void>>();
  holds<Same<PayloadOf<typeof shipped>['lines'], { sku: string }[]>>();
  holds<Same<PayloadOf<typeof shipped>['state'], 'open' | 'paid'>>();
  holds<Same<PayloadOf<typeof shipped>['note'], string | null>>();
  holds<Same<PayloadOf<typeof shipped>['tags'], Record<string, number>>>();
  holds<Same<PayloadOf<typeof shipped>['atMs'], number>>();
  holds<Same<PayloadOf<typeof shipped>['digest'], Buffer>>();
  holds<Same<InputOf<typeof shipped>['lines'], readonly { readonly sku: string }[]>>();
  holds<Same<AvroValue<'bytes'>, Buffer>>();
  holds<Same<AvroValue<readonly ['null', 'int', 'boolean']>, null | number | boolean>>();
  holds<Same<AvroInput<'long'>, number>>();
  // Of a contract that is known only as "some contract", the payload is anything.
  holds<Same<AvroValue<AvroSchema>, any>>(); // eslint-disable-line @typescript-eslint/no-explicit-any
  // @ts-expect-error the check itself: two types that differ are not the same
  holds<Same<{ a: number }, { a?: number }>>();
  // @ts-expect-error the check itself: any is not the same as number
  holds<Same<any, number>>(); // eslint-disable-line @typescript-eslint/no-explicit-any
  expect(add.name).toBe('math.add');
});

test('what does not fit does not compile', () => {
  const give = <C extends typeof add | typeof ship | typeof shipped>(_contract: C, _payload: InputOf<C>): void =>
    undefined;
  give(add, { a: 1 });
  give(add, { a: 1, b: 2 });
  // @ts-expect-error a field of the wrong type
  give(add, { a: '1' });
  // @ts-expect-error a field that is missing
  give(add, { b: 1 });
  // @ts-expect-error a field that the schema does not have
  give(add, { a: 1, c: 3 });
  // @ts-expect-error undefined is not the same as absent
  give(add, { a: 1, b: undefined });
  // @ts-expect-error a symbol that the enum does not have
  give(shipped, { id: '1', lines: [], state: 'lost', tags: {}, atMs: 1, digest: Buffer.alloc(16) });
  // @ts-expect-error a wrong field deep inside
  give(shipped, { id: '1', lines: [{ sku: 1 }], state: 'open', tags: {}, atMs: 1, digest: Buffer.alloc(16) });

  const handler = <C extends typeof add | typeof ship>(
    _contract: C,
    _handle: (payload: PayloadOf<C>) => ReturnOf<C>,
  ): void => undefined;
  handler(add, ({ a, b }) => a + b);
  handler(ship, () => undefined);
  // @ts-expect-error a handler that returns something else
  handler(add, ({ a }) => String(a));
  // @ts-expect-error a handler of a task without output that returns something
  handler(ship, () => 5);
  // @ts-expect-error a handler that takes something else
  handler(add, (payload: { a: string }) => Number(payload.a));
  expect(add.kind).toBe('task');
});

test('options that nobody reads, or of the wrong type, do not compile', () => {
  const declare = (act: () => unknown): boolean => typeof act === 'function'; // compiled, not run
  const input = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'string', default: '' }] } as const;
  // @ts-expect-error an unknown option
  expect(declare(() => defineTask({ name: 't', queue: 'q', input, retries: 3 }))).toBe(true);
  // @ts-expect-error an event has a schema, not an input
  expect(declare(() => defineEvent({ name: 'e', input }))).toBe(true);
  // @ts-expect-error an event has no retry: its subscribers do
  expect(declare(() => defineEvent({ name: 'e', schema: input, retry: { delaysMs: [] } }))).toBe(true);
  // @ts-expect-error no such Avro type
  expect(declare(() => defineTask({ name: 't', queue: 'q', input: 'strnig' }))).toBe(true);
  // @ts-expect-error a key of a field that is not there
  expect(declare(() => defineTask({ name: 't', queue: 'q', input, key: (it) => it.nothing }))).toBe(true);
  // @ts-expect-error a key that is no text
  expect(declare(() => defineTask({ name: 't', queue: 'q', input, key: () => 5 }))).toBe(true);
  // @ts-expect-error the sender may leave out a field with a default, so the key may not count on it
  expect(declare(() => defineTask({ name: 't', queue: 'q', input, key: (it) => it.a.toUpperCase() }))).toBe(true);
  // @ts-expect-error an unknown part of the policy
  expect(declare(() => defineTask({ name: 't', queue: 'q', input, retry: { delaysMs: [], jitter: 1 } }))).toBe(true);
  expect(declare(() => defineTask({ name: 't', queue: 'q', input, key: (it) => it.a }))).toBe(true);
});
