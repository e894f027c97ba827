import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core/errors';
import { parseSchema } from './hardened.js';
import { assertFits } from './payload.js';

const ADD = { type: 'record', name: 'Add', fields: [{ name: 'a', type: 'double' }, { name: 'b', type: 'double' }] }; // prettier-ignore
const field = (type: unknown, more: object = {}): object => ({ type: 'record', name: 'R', fields: [{ name: 'f', type, ...more }] }); // prettier-ignore
const TWO_RECORDS = [
  { type: 'record', name: 'A', fields: [{ name: 'x', type: 'int' }] },
  { type: 'record', name: 'B', fields: [{ name: 'x', type: 'int' }] },
];

function complaint(schema: unknown, value: unknown): string {
  try {
    assertFits(parseSchema(schema), value, 'math.add');
  } catch (error) {
    if (error instanceof SunbeonError && error.code === 'PAYLOAD_INVALID') return error.message;
    throw error;
  }
  return 'fits';
}

describe('assertFits', () => {
  it.each<[unknown, unknown, string]>([
    [ADD, { a: 1 }, 'math.add: field "b" is missing, the schema wants double'],
    [ADD, { a: 'x', b: 1 }, 'math.add: field "a": got string "x", the schema wants double'],
    [ADD, {}, 'math.add: field "a" is missing, the schema wants double (and 1 more)'],
    [ADD, { a: 1, b: 2, bb: 3 }, 'math.add: field "bb" is not in the schema. Did you mean "b"?'],
    [ADD, { a: 1, b: 2, velocity: 3 }, 'math.add: field "velocity" is not in the schema. Known fields: a, b.'],
    [ADD, { aa: 1, b: 2 }, 'math.add: field "aa" is not in the schema. Did you mean "a"?'],
    [ADD, undefined, 'math.add: the payload is missing, the schema wants record Add'],
    [ADD, [1, 2], 'math.add: the payload: got an array of 2, the schema wants record Add'],
    [ADD, null, 'math.add: the payload: got null, the schema wants record Add'],
    [field('int'), { f: 1.5 }, 'math.add: field "f": got number 1.5, the schema wants int'],
    [field('long'), { f: 5n }, 'math.add: field "f": got bigint 5, the schema wants long'],
    [field('long'), { f: 1e300 }, 'math.add: field "f": got number 1e+300, the schema wants long'],
    [field('string'), { f: true }, 'math.add: field "f": got boolean true, the schema wants string'],
    [field('string'), { f: new Date(0) }, 'math.add: field "f": got a Date, the schema wants string'],
    [field('string'), { f: Buffer.alloc(3) }, 'math.add: field "f": got 3 bytes, the schema wants string'],
    [field('string'), { f: () => 1 }, 'math.add: field "f": got a function, the schema wants string'],
    [field('bytes'), { f: 'x'.repeat(50) }, `math.add: field "f": got string "${'x'.repeat(40)}…", the schema wants bytes (a Buffer; base64 in JSON)`], // prettier-ignore
    [field({ type: 'fixed', name: 'H', size: 4 }), { f: Buffer.alloc(3) }, 'math.add: field "f": got 3 bytes, the schema wants 4 bytes (a Buffer; base64 in JSON)'], // prettier-ignore
    [field({ type: 'enum', name: 'E', symbols: ['A', 'B'] }), { f: 'C' }, 'math.add: field "f": got string "C", the schema wants one of "A", "B"'], // prettier-ignore
    [field(['null', 'string']), { f: 1 }, 'math.add: field "f": got number 1, the schema wants null or string'],
    [field(['null', 'string']), {}, 'math.add: field "f" is missing, the schema wants null or string'],
    [field(['null', 'string'], { default: null }), {}, 'fits'],
    [field({ type: 'array', items: field('int') }), { f: [{ f: 1 }, { f: 'x' }] }, 'math.add: field "f[1].f": got string "x", the schema wants int'], // prettier-ignore
    [field({ type: 'map', values: 'int' }), { f: { 'a b': null } }, 'math.add: field "f["a b"]": got null, the schema wants int'], // prettier-ignore
    [field({ type: 'map', values: 'int' }), { f: 1 }, 'math.add: field "f": got number 1, the schema wants an object with values of int'], // prettier-ignore
    [field({ type: 'array', items: 'int' }), { f: {} }, 'math.add: field "f": got an object, the schema wants an array of int'], // prettier-ignore
    [TWO_RECORDS, { x: 1 }, 'math.add: the payload: got an object, the schema wants { "A": … } or { "B": … }'],
    [TWO_RECORDS, { A: { x: 1 } }, 'fits'],
  ])('%j with %p', (schema, value, message) => {
    const named = JSON.parse(JSON.stringify(schema).replace('"items":{"type":"record","name":"R"', '"items":{"type":"record","name":"S"')); // prettier-ignore
    expect(complaint(named, value)).toBe(message);
  });

  it('names all wrong fields in its facts', () => {
    const error = (() => {
      try {
        return assertFits(parseSchema(ADD), { a: 'x' }, 'math.add');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ facts: { field: 'a', fields: ['a', 'b'] } });
  });
});
