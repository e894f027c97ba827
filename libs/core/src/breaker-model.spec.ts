import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Breaker } from './breaker.js';
import type { Counted } from './failure-window.js';

const OPTIONS = {
  windowMs: 1_000,
  failureRatio: 0.5,
  minAttempts: 3,
  maxBuries: 4,
  pauseMs: 200,
  maxPauseMs: 500,
  probes: 2,
};

/** The same, said plainly: a list of all that was judged, and what a person would do on reading it. */
class Model {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  trips = 0;
  untilMs = 0;
  succeeded = 0;
  readonly probes = new Set<object>();
  seen: { what: Counted; at: number }[] = [];

  mayBegin(): boolean {
    if (this.state === 'half-open') return this.probes.size + this.succeeded < OPTIONS.probes;
    return this.state === 'closed';
  }

  judged(work: object, what: Counted, nowMs: number): void {
    if (what === 'nothing') return;
    if (this.probes.delete(work)) return what === 'success' ? this.#succeeded(nowMs) : this.open(nowMs);
    if (this.state !== 'closed') return;
    const at = Math.floor(nowMs / 100);
    this.seen.push({ what, at });
    const count = (...kinds: Counted[]) => this.seen.filter((one) => one.at > at - 10 && kinds.includes(one.what)).length; // prettier-ignore
    const attempts = count('success', 'failure', 'burial');
    const isFailing = attempts >= OPTIONS.minAttempts && 2 * count('failure', 'burial') >= attempts;
    if (isFailing || count('burial', 'unreadable') > OPTIONS.maxBuries) this.open(nowMs);
  }

  open(nowMs: number): void {
    this.#enter('open');
    this.untilMs = nowMs + [200, 400, 500][Math.min(this.trips, 2)]!;
    this.trips++;
  }

  /** Asked for, and granted at once: nobody else is there. */
  claim(nowMs: number): void {
    if (this.state !== 'open' || nowMs < this.untilMs) return;
    this.#enter('half-open');
    this.untilMs = nowMs + [200, 400, 500][Math.min(this.trips - 1, 2)]!;
  }

  conclude(nowMs: number): void {
    if (this.state === 'half-open' && nowMs >= this.untilMs && this.succeeded > 0 && this.probes.size === 0) this.#close(); // prettier-ignore
  }

  #succeeded(nowMs: number): void {
    this.succeeded++;
    if (this.succeeded >= OPTIONS.probes) return this.#close();
    this.conclude(nowMs);
  }

  #close(): void {
    this.#enter('closed');
    this.trips = 0;
    this.seen = [];
  }

  #enter(state: Model['state']): void {
    this.state = state;
    this.succeeded = 0;
    this.probes.clear();
  }
}

const step = fc.record({
  act: fc.constantFrom('begin', 'judge', 'judge', 'end', 'claim', 'conclude'),
  what: fc.constantFrom<Counted>('success', 'success', 'failure', 'burial', 'unreadable', 'nothing'),
  which: fc.nat({ max: 7 }),
  afterMs: fc.integer({ min: 0, max: 150 }),
});

it('a breaker alone does what its model does, whatever begins, ends and is judged when', () => {
  const met = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const [breaker, model] = [new Breaker(OPTIONS, { by: 'me', spread: 0 }), new Model()];
      const under: object[] = [];
      let nowMs = 5_000;
      for (const { act, what, which, afterMs } of steps) {
        nowMs += afterMs;
        if (act === 'begin' && breaker.mayBegin() && under.length < 8) {
          const work = {};
          under.push(work);
          breaker.began(work);
          if (model.state === 'half-open') model.probes.add(work);
        }
        const work = under[which % (under.length || 1)];
        if (act === 'judge' && work !== undefined) {
          breaker.judged(work, what, nowMs);
          model.judged(work, what, nowMs);
        }
        if (act === 'end' && work !== undefined) {
          breaker.ended(work);
          model.probes.delete(work);
          under.splice(under.indexOf(work), 1);
        }
        if (act === 'claim') {
          const claim = breaker.claim(nowMs);
          if (claim !== undefined) breaker.take(claim, nowMs);
          model.claim(nowMs);
        }
        if (act === 'conclude') breaker.conclude(nowMs);
        if (act === 'conclude') model.conclude(nowMs);
        const { state, trips, untilMs } = breaker.circuit;
        expect([state, trips, breaker.mayBegin()]).toEqual([model.state, model.trips, model.mayBegin()]);
        if (state !== 'closed') expect([untilMs, breaker.dueMs]).toEqual([model.untilMs, model.untilMs]);
        met.add(`${state} ${trips}`);
      }
    }),
    { numRuns: 300 },
  );
  expect([...met]).toEqual(expect.arrayContaining(['closed 0', 'open 1', 'half-open 1', 'open 2', 'half-open 2']));
});
