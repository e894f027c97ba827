import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ledger, type OffsetRun } from './ledger.js';

type Step = { readonly note: number } | { readonly finish: number } | { readonly finishStray: number } | 'restart';

/** Gaps between the noted offsets, which of the noted ones to finish next, and a new owner now and then. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ note: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 5, arbitrary: fc.record({ finish: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ finishStray: fc.integer({ min: -2, max: 60 }) }) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
  { maxLength: 150 },
);

/** The same, without cleverness: all offsets of a log, and which of them any owner has finished. */
class Model {
  readonly log: number[] = [];
  readonly finished = new Set<number>();
  /** How many of the log the present owner has read. */
  read = 0;
  /** What it was told to begin with. */
  start: number | undefined;

  get noted(): number[] {
    return this.log.slice(0, this.read);
  }

  get committable(): number | undefined {
    const open = this.noted.find((offset) => offset >= (this.start ?? 0) && !this.finished.has(offset));
    if (open !== undefined) return open;
    const next = (this.noted.at(-1) ?? -1) + 1;
    return next <= (this.start ?? 0) ? this.start : next;
  }
}

/** As a new owner: reads the partition from the committed offset on. */
function restarted(ledger: Ledger, model: Model): Ledger {
  const { committable: offset } = ledger;
  if (offset === undefined) return new Ledger();
  model.start = offset;
  model.read = model.log.filter((logged) => logged < offset).length;
  return new Ledger({ offset, finished: ledger.finishedAbove() });
}

function play(ledger: Ledger, model: Model, step: Exclude<Step, 'restart'>): void {
  if ('note' in step) {
    if (model.read === model.log.length) model.log.push((model.log.at(-1) ?? -1) + step.note);
    const offset = model.log[model.read++]!;
    expect([offset, ledger.note(offset)]).toEqual([offset, model.finished.has(offset) ? 'finished' : 'new']);
    expect(ledger.note(offset)).toBe('again');
    return;
  }
  const offset = 'finish' in step ? model.noted[step.finish % (model.read || 1)] : step.finishStray;
  if (offset === undefined) return;
  ledger.finish(offset);
  if (model.noted.includes(offset) && offset >= (model.start ?? 0)) model.finished.add(offset);
}

const within = (runs: readonly OffsetRun[], offset: number): boolean => runs.some(({ from, to }) => from <= offset && offset < to); // prettier-ignore

describe('Ledger', () => {
  test('equals its model after every step: any order, gaps, repeats, offsets never noted, new owners at any moment', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new Model();
        let ledger = new Ledger();
        for (const step of all as Step[]) {
          if (step === 'restart') ledger = restarted(ledger, model);
          else play(ledger, model, step);
          expect(ledger.committable).toBe(model.committable);
          const runs = ledger.finishedAbove();
          const above = model.log.filter((offset) => offset >= (model.committable ?? 0));
          for (const offset of above) expect([offset, within(runs, offset)]).toEqual([offset, model.finished.has(offset)]); // prettier-ignore
          const isSound = ({ from, to }: OffsetRun, i: number): boolean => from < to && from > (runs[i - 1]?.to ?? -1);
          expect(runs.filter((run, i) => !isSound(run, i))).toEqual([]);
        }
      }),
      { numRuns: 500 },
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
        expect([ledger.committable, ledger.open, ledger.finishedAbove()]).toEqual([Math.max(...offsets) + 1, 0, []]);
      }),
    );
  });

  test('a second delivery is told from what an earlier owner finished', () => {
    const ledger = new Ledger({ offset: 3, finished: [{ from: 5, to: 7 }] });
    expect([2, 3, 3, 5, 6, 7, 6].map((offset) => ledger.note(offset))).toEqual(['finished', 'new', 'again', 'finished', 'finished', 'new', 'again']); // prettier-ignore
  });

  test('an offset finished before it is noted is not finished', () => {
    const ledger = new Ledger();
    ledger.finish(0);
    ledger.note(0);
    expect([ledger.committable, ledger.open]).toEqual([0, 1]);
  });

  test('what was open and has been deleted from the topic since holds nothing up', () => {
    const ledger = new Ledger({ offset: 3, finished: [{ from: 4, to: 10 }] });
    expect([ledger.note(4), ledger.note(9), ledger.committable]).toEqual(['finished', 'finished', 10]);
  });

  test('300,000 finished above one that stays open cost nothing', () => {
    const ledger = new Ledger();
    ledger.note(0);
    for (let offset = 1; offset <= 300_000; offset++) {
      ledger.note(offset);
      ledger.finish(offset);
    }
    expect([ledger.open, ledger.committable, ledger.finishedAbove()]).toEqual([1, 0, [{ from: 1, to: 300_001 }]]);
  });
});
