import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { diff, withValueAt } from './edit-diff.js';

const json = fc.jsonValue({ maxDepth: 3 });
/** As JSON has it: no -0, no own `__proto__` that a parse would not make. */
const plain = json.map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('a diff', () => {
  it('of a value with itself is empty', () =>
    fc.assert(fc.property(plain, (value) => expect(diff(value, structuredClone(value))).toEqual([]))));

  it('put into the one value makes the other, where nothing is taken away', () =>
    fc.assert(
      fc.property(plain, plain, (before, after) => {
        const all = diff(before, after);
        fc.pre(all.every((one) => one.after !== undefined));
        let value = before;
        for (const { path, after: next } of all) {
          const made = withValueAt(value, path, next);
          expect(made).toBeDefined();
          value = made!.json;
        }
        expect(value).toEqual(after);
      }),
    ));

  it('names the places as people write them', () => {
    const before = { user: { name: 'Ada' }, items: [{ price: 1 }, { price: 2 }], 'odd name': 1, gone: true };
    const after = { user: { name: 'Grace' }, items: [{ price: 1 }, { price: 3 }, { price: 4 }], 'odd name': 2 };
    expect(diff(before, after)).toEqual([
      { path: 'user.name', before: 'Ada', after: 'Grace' },
      { path: 'items[1].price', before: 2, after: 3 },
      { path: 'items[2]', before: undefined, after: { price: 4 } },
      { path: '["odd name"]', before: 1, after: 2 },
      { path: 'gone', before: true, after: undefined },
    ]);
    expect(diff(null, { a: 1 })).toEqual([{ path: '', before: null, after: { a: 1 } }]);
  });
});

describe('a value at a path', () => {
  it('is put in without touching the original, and makes the objects on its way', () => {
    const before = { a: { b: 1 }, list: [1] };
    expect(withValueAt(before, 'a.c.d', 2)).toEqual({ json: { a: { b: 1, c: { d: 2 } }, list: [1] } });
    expect(withValueAt(before, 'list[1]', 2)).toEqual({ json: { a: { b: 1 }, list: [1, 2] } });
    expect(withValueAt(before, '["odd name"]', 2)).toEqual({ json: { ...before, 'odd name': 2 } });
    expect(withValueAt(before, '', 2)).toEqual({ json: 2 });
    expect(before).toEqual({ a: { b: 1 }, list: [1] });
  });

  it('of no place is none', () => {
    for (const path of ['a.b.c', 'list.x', 'list[3]', 'a[0]', 'a..b', '.a', 'a[', '9', 'a[x]', '[“a”]'])
      expect(withValueAt({ a: { b: 1 }, list: [1] }, path, 2)).toBeUndefined();
  });

  it('does not reach what no JSON has', () => {
    const made = withValueAt({}, '__proto__.polluted', 1)!.json as object;
    expect(Object.keys(made)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
