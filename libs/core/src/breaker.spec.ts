import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Breaker, type BreakerOptions, type Circuit, CLOSED, countedAs } from './breaker.js';

const OPTIONS: BreakerOptions = {
  windowMs: 60_000,
  failureRatio: 0.5,
  minAttempts: 4,
  maxBuries: 100,
  pauseMs: 1_000,
  maxPauseMs: 5_000,
  probes: 2,
};
const ME = { by: 'me', spread: 0 };
const error = { code: 'HANDLER_FAILED', name: 'Error', message: 'm', retriable: true };

/** Opened at 0. */
function tripped(over: Partial<BreakerOptions> = {}) {
  const breaker = new Breaker({ ...OPTIONS, ...over }, ME);
  for (let n = 0; n < 3; n++) breaker.judged({}, 'failure', 0);
  return { breaker, open: breaker.judged({}, 'failure', 0)! };
}

/** Lets so many through, each of a work of its own. */
function begin(breaker: Breaker, most = Infinity): object[] {
  const works: object[] = [];
  while (works.length < most && breaker.mayBegin()) {
    const work = { n: works.length };
    breaker.began(work);
    works.push(work);
    if (works.length > 100) break; // closed: no end
  }
  return works;
}

/** Opened at 0, and half-open by us since 1,000. */
function probing(over: Partial<BreakerOptions> = {}) {
  const { breaker } = tripped(over);
  breaker.take(breaker.claim(1_000)!, 1_000);
  return breaker;
}

describe('a breaker', () => {
  it('opens when too many fail, says why and until when, and lets nothing begin', () => {
    const { breaker, open } = tripped();
    expect(open).toEqual({
      state: 'open',
      epoch: 1,
      sinceMs: 0,
      untilMs: 1_000,
      reason: '4 of 4 attempts failed within 60 s',
      by: 'me',
      trips: 1,
    });
    expect([breaker.circuit, breaker.mayBegin(), breaker.dueMs]).toEqual([open, false, 1_000]);
  });

  it('is not moved by what began before it opened', () => {
    const { breaker, open } = tripped();
    for (const what of ['success', 'burial'] as const) expect(breaker.judged({}, what, 10)).toBeUndefined();
    expect(breaker.circuit).toBe(open);
  });

  it('asks for probes when the pause is over, lets so many through, and closes when all succeed', () => {
    const { breaker } = tripped();
    expect(breaker.claim(999)).toBeUndefined();
    const claim = breaker.claim(1_000)!;
    expect([claim.state, claim.epoch, claim.untilMs, breaker.mayBegin()]).toEqual(['half-open', 2, 2_000, false]);
    breaker.take(claim, 1_001);
    const [one, two, ...more] = begin(breaker);
    expect(more).toEqual([]);
    expect(breaker.judged(one!, 'success', 1_100)).toBeUndefined();
    expect(breaker.mayBegin()).toBe(false); // two were promised, not two at once
    expect(breaker.judged(two!, 'success', 1_200)).toMatchObject({ state: 'closed', epoch: 3, trips: 0 });
    expect(breaker.mayBegin()).toBe(true);
    for (let n = 0; n < 3; n++) expect(breaker.judged({}, 'failure', 1_300)).toBeUndefined(); // counted from zero
  });

  it.each(['failure', 'burial', 'unreadable'] as const)('stays open twice as long after a probe with %s', (what) => {
    const breaker = probing();
    const [one] = begin(breaker);
    expect(breaker.judged(one!, what, 1_500)).toMatchObject({ state: 'open', trips: 2, untilMs: 3_500 });
    const next = () => {
      const { dueMs } = breaker;
      breaker.take(breaker.claim(dueMs!)!, dueMs!);
      const open = breaker.judged(begin(breaker)[0]!, what, dueMs!)!;
      return open.untilMs - open.sinceMs;
    };
    expect([next(), next(), next()]).toEqual([4_000, 5_000, 5_000]); // to the longest pause
  });

  it('lets another one through in place of a probe that says nothing, or that is never judged', () => {
    const breaker = probing();
    const [one, two] = begin(breaker);
    expect(breaker.judged(one!, 'nothing', 1_100)).toBeUndefined();
    expect(breaker.mayBegin()).toBe(false); // a wait for the registry: it still runs
    breaker.ended(one!);
    breaker.ended(two!);
    expect(begin(breaker)).toHaveLength(2);
  });

  it('closes when the time for probes is over, if there were too few messages and all of them succeeded', () => {
    const breaker = probing({ probes: 5 });
    const [one, two] = begin(breaker, 2);
    breaker.judged(one!, 'success', 1_100);
    expect(breaker.conclude(2_000)).toBeUndefined(); // the second one runs
    expect(breaker.judged(two!, 'success', 2_100)).toMatchObject({ state: 'closed' });

    const none = probing();
    expect(none.conclude(9_000)).toBeUndefined();
    expect(none.circuit.state).toBe('half-open');
  });

  it('leaves the probes to somebody else when the one who asked for them is silent, and hears of his all the same', () => {
    const [first, second] = [probing(), new Breaker(OPTIONS, { ...ME, by: 'other' })];
    const [one, two] = begin(first);
    second.take(first.circuit, 1_000);
    expect([second.mayBegin(), second.claim(1_999)]).toEqual([false, undefined]);
    const taken = second.claim(2_000)!;
    expect([first.take(taken, 2_000), second.take(taken, 2_000)]).toEqual([true, true]);
    expect([first.mayBegin(), second.mayBegin()]).toEqual([false, true]);
    first.judged(one!, 'success', 2_100);
    expect(first.judged(two!, 'success', 2_100)).toMatchObject({ state: 'closed', epoch: 4 });
  });

  it('hears only the first of several who ask for the probes at once', () => {
    const [first, second] = [tripped().breaker, new Breaker(OPTIONS, { ...ME, by: 'other' })];
    second.take(first.circuit, 0);
    const [one, two] = [first.claim(1_000)!, second.claim(1_000)!];
    for (const breaker of [first, second])
      expect([breaker.take(one, 1_001), breaker.take(two, 1_002)]).toEqual([true, false]);
    expect([first.mayBegin(), second.mayBegin()]).toEqual([true, false]);
    expect(second.amend(two)).toBeUndefined(); // both say that there are probes now
  });

  it('says again what holds when it asked too late, so that its record is not the last', () => {
    const breaker = tripped().breaker;
    const claim = breaker.claim(1_000)!;
    const closed: Circuit = { ...CLOSED, epoch: claim.epoch, by: 'operator' };
    expect([breaker.take(closed, 1_001), breaker.take(claim, 1_002)]).toEqual([true, false]);
    expect(breaker.amend(claim)).toBe(closed);
    expect(breaker.amend({ ...claim, by: 'other' })).toBeUndefined();
  });

  it('waits no longer than the pause is when the clock of who wrote it is ahead, and never longer than a day', () => {
    const breaker = new Breaker(OPTIONS, ME);
    const hour = 3_600_000;
    const circuit: Circuit = { ...CLOSED, state: 'open', epoch: 1, by: 'x', sinceMs: hour, untilMs: hour + 1_000 };
    breaker.take(circuit, 5);
    expect(breaker.dueMs).toBe(1_005);
    breaker.take({ ...circuit, epoch: 2, untilMs: 1e15 }, 5);
    expect(breaker.dueMs).toBe(24 * hour + 5);
  });

  it('asks a little later than others, each by its own', () => {
    const breaker = new Breaker(OPTIONS, { by: 'x', spread: 0.5 });
    breaker.take(tripped().open, 0);
    expect(breaker.dueMs).toBe(1_050);
  });
});

describe('what a verdict counts as', () => {
  it.each([
    [{ kind: 'finish', output: null }, { kind: 'done', output: null }, 'success'],
    [{ kind: 'drop', reason: 'r' }, { kind: 'drop', reason: 'r' }, 'success'],
    [{ kind: 'drop', reason: 'r', code: 'EXPIRED' }, { kind: 'failed', error }, 'nothing'],
    [{ kind: 'retry', atMs: 1, error }, { kind: 'failed', error }, 'failure'],
    [{ kind: 'bury', error }, { kind: 'failed', error }, 'burial'],
    [{ kind: 'bury', error }, { kind: 'unreadable', error }, 'unreadable'],
    [{ kind: 'hold', error }, { kind: 'unavailable', error }, 'nothing'],
  ] as const)('%j of %j', (verdict, outcome, counted) => {
    expect(countedAs(verdict, outcome)).toBe(counted);
  });
});

describe('consumers that read one log', () => {
  /** One failure opens it, one probe closes it: a short run sees many changes. */
  const HASTY = { ...OPTIONS, minAttempts: 1, pauseMs: 100, maxPauseMs: 100, probes: 1 };
  /** What a consumer does, or the reading of its next record. */
  const step = fc.record({
    who: fc.nat({ max: 2 }),
    act: fc.constantFrom('read', 'read', 'fail', 'succeed', 'claim', 'begin', 'probe-ok', 'probe-fails', 'conclude'),
    afterMs: fc.integer({ min: 0, max: 900 }),
  });

  it('agree when all have read all of it, and never have more probes than were promised', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
        const log: Circuit[] = [];
        const members = ['a', 'b', 'c'].map((by) => ({
          breaker: new Breaker(HASTY, { by, spread: 0 }),
          read: 0,
          probes: [] as object[],
        }));
        const write = (circuit: Circuit | undefined) => circuit !== undefined && log.push(circuit);
        const readOne = (member: (typeof members)[number], nowMs: number) => {
          const circuit = log[member.read++]!;
          if (!member.breaker.take(circuit, nowMs)) write(member.breaker.amend(circuit));
        };
        let nowMs = 0;
        for (const { who, act, afterMs } of steps) {
          nowMs += afterMs;
          const member = members[who]!;
          const { breaker, probes } = member;
          if (act === 'read' && member.read < log.length) readOne(member, nowMs);
          if (act === 'fail') write(breaker.judged({}, 'failure', nowMs));
          if (act === 'succeed') write(breaker.judged({}, 'success', nowMs));
          if (act === 'claim') write(breaker.claim(nowMs));
          if (act === 'conclude') write(breaker.conclude(nowMs));
          if (act === 'begin' && breaker.circuit.state === 'half-open') probes.push(...begin(breaker, 1));
          if (act === 'probe-ok' && probes.length > 0) write(breaker.judged(probes.pop()!, 'success', nowMs));
          if (act === 'probe-fails' && probes.length > 0) write(breaker.judged(probes.pop()!, 'failure', nowMs));
          if (breaker.circuit.state !== 'half-open') probes.length = 0;
          expect(probes.length).toBeLessThanOrEqual(HASTY.probes);
        }
        for (let left = true; left;) {
          left = false;
          for (const member of members) if (member.read < log.length) left = true;
          for (const member of members) while (member.read < log.length) readOne(member, nowMs);
        }
        const states = new Set(members.map(({ breaker }) => breaker.circuit.state));
        expect([...states]).toHaveLength(1);
        const late = new Breaker(HASTY, { by: 'late', spread: 0 });
        if (log.length > 0) late.take(log.at(-1)!, nowMs); // all that a compacted topic still has
        expect(late.circuit.state).toBe([...states][0]);
      }),
      { numRuns: 500 },
    );
  });
});
