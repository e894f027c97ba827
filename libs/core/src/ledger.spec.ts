import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ledger } from './ledger.js';

type Step = { readonly note: number } | { readonly finish: number } | { readonly finishStray: number };

/** Gaps between the noted offsets, and which of the noted ones to finish next. */
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ note: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 4, arbitrary: fc.record({ finish: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ finishStray: fc.integer({ min: -2, max: 60 }) }) },
  ),
  { maxLength: 120 },
);

/** The same, without cleverness. */
class Model {
  readonly noted: number[] = [];
  readonly finished = new Set<number>();

  safe(): number[] {
    const firstOpen = this.noted.findIndex((offset) => !this.finished.has(offset));
    return firstOpen === -1 ? this.noted : this.noted.slice(0, firstOpen);
  }
}

function play(ledger: Ledger, model: Model, step: Step): void {
  if ('note' in step) {
    const offset = (model.noted.at(-1) ?? -1) + step.note;
    expect(ledger.note(offset)).toBe(true);
    model.noted.push(offset);
    return;
  }
  const offset = 'finish' in step ? model.noted[step.finish % (model.noted.length || 1)] : step.finishStray;
  if (offset === undefined) return;
  ledger.finish(offset);
  if (model.noted.includes(offset)) model.finished.add(offset);
}

describe('Ledger', () => {
  test('equals its model after every step: any order, gaps, repeats, offsets never noted', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [ledger, model] = [new Ledger(), new Model()];
        for (const step of all) {
          play(ledger, model, step);
          const last = model.safe().at(-1);
          expect(ledger.committable).toBe(last === undefined ? undefined : last + 1);
          expect(ledger.size).toBe(model.noted.length - model.safe().length);
        }
      }),
    );
  });

  test('reaches the end when all are finished, whatever the order', () => {
    const order = fc
      .uniqueArray(fc.nat({ max: 500 }), { minLength: 1 })
      .chain((offsets) => fc.tuple(fc.constant(offsets), fc.shuffledSubarray(offsets, { minLength: offsets.length })));
    fc.assert(
      fc.property(order, ([offsets, shuffled]) => {
        const ledger = new Ledger();
        for (const offset of offsets.toSorted((a, b) => a - b)) ledger.note(offset);
        for (const offset of shuffled) ledger.finish(offset);
        return ledger.committable === Math.max(...offsets) + 1 && ledger.size === 0;
      }),
    );
  });

  test('knows a second delivery, finished or not', () => {
    const ledger = new Ledger();
    for (const offset of [3, 4, 9]) ledger.note(offset);
    ledger.finish(3);
    for (const offset of [3, 4, 5, 9]) expect(ledger.note(offset)).toBe(false);
    expect(ledger.size).toBe(2);
  });

  test('an offset finished before it is noted is not finished', () => {
    const ledger = new Ledger();
    ledger.finish(0);
    ledger.note(0);
    expect(ledger.committable).toBeUndefined();
  });

  test('a long run keeps only what is open, also past the point where it compacts', () => {
    const ledger = new Ledger();
    for (let offset = 0; offset < 10_000; offset++) {
      ledger.note(offset);
      if (offset < 10) continue;
      ledger.finish(offset - 10);
      expect([ledger.size, ledger.committable]).toEqual([10, offset - 9]);
    }
  });
});
