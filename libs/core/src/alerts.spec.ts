import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Alert, type AlertDone, AlertGroups, type AlertLimits, MAX_ALERTS, type Occurrence } from './alerts.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMITS: AlertLimits = { intervalMs: 5 * MINUTE, maxPerHour: 30, maxGroups: 1_000 };

function occurrence(
  fingerprint: string,
  { done = 'bury', id = 'id-1' }: { done?: AlertDone; id?: string } = {},
): Occurrence {
  return {
    fingerprint,
    contract: 'math.add',
    queue: 'math',
    group: 'math',
    error: { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no' },
    done,
    attempts: 1,
    example: { id, address: 'math/0/7' },
  };
}

const brief = (alerts: readonly Alert[]): string[] => alerts.map(({ fingerprint, count, kinds }) => `${fingerprint}×${count}/${kinds}`); // prettier-ignore

describe('AlertGroups', () => {
  test('a thousand equal failures are two messages: the first at once, and their number', () => {
    const groups = new AlertGroups(LIMITS);
    groups.add(occurrence('a'), 0);
    expect(groups.take(0)).toMatchObject([{ fingerprint: 'a', count: 1, total: 1, kinds: 1 }]);
    for (let i = 1; i < 1_000; i++) groups.add(occurrence('a', { id: `id-${i}` }), i);
    expect(groups.take(999)).toEqual([]);
    expect(groups.nextMs(999)).toBe(5 * MINUTE);
    expect(groups.take(5 * MINUTE)).toMatchObject([
      { count: 999, total: 1_000, firstMs: 1, lastMs: 999, example: { id: 'id-999' } },
    ]);
    expect([groups.nextMs(5 * MINUTE), groups.pending]).toEqual([undefined, 0]);
  });

  test('after an interval of silence the next one goes at once again', () => {
    const groups = new AlertGroups(LIMITS);
    groups.add(occurrence('a'), 0);
    groups.take(0);
    groups.add(occurrence('a'), 6 * MINUTE);
    expect(brief(groups.take(6 * MINUTE))).toEqual(['a×1/1']);
  });

  test('a group is as grave as its gravest, of which the latest is the example', () => {
    const groups = new AlertGroups(LIMITS);
    for (const [id, done] of [['1', 'retry'], ['2', 'bury'], ['3', 'bury'], ['4', 'ignore']] as const) groups.add(occurrence('a', { id, done }), 0); // prettier-ignore
    expect(groups.take(0)).toMatchObject([{ count: 4, done: 'bury', example: { id: '3' } }]);
  });

  test('the gravest stand on top, and what does not fit is one digest', () => {
    const groups = new AlertGroups(LIMITS);
    for (let i = 0; i < 12; i++) groups.add(occurrence(`r${i}`, { done: 'retry' }), i);
    groups.add(occurrence('p', { done: 'paused' }), 20);
    groups.add(occurrence('r11', { done: 'retry' }), 21);
    const alerts = groups.take(21);
    expect(brief(alerts)).toEqual(['p×1/1', ...Array.from({ length: 8 }, (_, i) => `r${i}×1/1`), '×5/4']);
    expect(alerts.at(-1)).toMatchObject({ firstMs: 8, lastMs: 21, done: 'retry' });
  });

  test('an hour has its limit; its last message is a digest, and what comes after that waits for the next hour', () => {
    const groups = new AlertGroups({ ...LIMITS, maxPerHour: 3 });
    const sent: [number, string[]][] = [];
    for (let nowMs = 0; nowMs <= HOUR; nowMs += 1_000) {
      if (nowMs < 20 * MINUTE) groups.add(occurrence(`kind-${nowMs}`), nowMs);
      const alerts = groups.take(nowMs);
      if (alerts.length > 0) sent.push([nowMs, [alerts.length, alerts.at(-1)!.kinds].map(String)]);
    }
    expect(sent).toEqual([
      [0, ['1', '1']],
      [1_000, ['1', '1']],
      [5 * MINUTE + 1_000, ['10', '291']],
      [HOUR, ['10', '889']],
    ]);
  });

  test('kinds beyond the room are counted as others, what was told of is forgotten first', () => {
    const groups = new AlertGroups({ ...LIMITS, maxGroups: 2 });
    groups.add(occurrence('a'), 0);
    groups.take(0);
    for (const kind of ['b', 'c', 'd', 'e', 'd']) groups.add(occurrence(kind), 1);
    expect(brief(groups.take(1))).toEqual(['b×1/1', 'c×1/1', '×3/2']);
  });

  test('at the end all is told that the hour allows', () => {
    const groups = new AlertGroups({ ...LIMITS, maxPerHour: 2 });
    const both = (): void => ['a', 'b'].forEach((kind) => groups.add(occurrence(kind), 0));
    both();
    groups.take(0);
    both();
    expect([brief(groups.flush(1)), groups.pending]).toEqual([['a×1/1', 'b×1/1'], 0]);
    both();
    expect([groups.flush(2), groups.pending]).toEqual([[], 2]);
  });

  test('a clock that is set back delays nothing', () => {
    const groups = new AlertGroups({ ...LIMITS, maxPerHour: 1 });
    groups.add(occurrence('a'), HOUR);
    groups.take(HOUR);
    groups.add(occurrence('a'), 0);
    expect([groups.nextMs(0), brief(groups.take(0))]).toEqual([0, ['a×1/1']]);
  });

  test('keeps little of what is long, and gives what cannot be changed', () => {
    const groups = new AlertGroups(LIMITS);
    const long = 'x'.repeat(10_000);
    const error = { code: long, name: long, message: long };
    groups.add({ ...occurrence('a'), contract: long, error, example: { id: long, address: 'a/0/0' } }, 0);
    const [alert] = groups.take(0);
    expect(JSON.stringify(alert).length).toBeLessThan(1_700);
    expect(Object.isFrozen(alert)).toBe(true);
  });
});

/** The same in the plainest way: everything that happened, kept. */
class Model {
  readonly happened: { kind: string; atMs: number }[] = [];
  readonly toldMs = new Map<string, number>();
  readonly sentMs: number[] = [];

  constructor(private readonly limits: AlertLimits) {}

  take(nowMs: number): Map<string, number> {
    const hour = this.sentMs.filter((ms) => ms > nowMs - HOUR);
    const kept = hour.length >= this.limits.maxPerHour;
    const last = hour.length > 0 && hour.length === this.limits.maxPerHour - 1 && nowMs < hour.at(-1)! + this.limits.intervalMs; // prettier-ignore
    const due = (kind: string): boolean => nowMs >= (this.toldMs.get(kind) ?? -Infinity) + this.limits.intervalMs;
    const counts = new Map<string, number>();
    if (kept || last) return counts;
    for (const { kind } of this.happened) if (due(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (counts.size === 0) return counts;
    for (const kind of counts.keys()) this.toldMs.set(kind, nowMs);
    this.happened.splice(0, Infinity, ...this.happened.filter(({ kind }) => !counts.has(kind)));
    this.sentMs.push(nowMs);
    return counts;
  }
}

const happenings = fc.array(
  fc.record({
    kind: fc.integer({ min: 0, max: 25 }).map((n) => `k${n}`),
    done: fc.constantFrom<AlertDone>('bury', 'retry', 'ignore', 'paused', 'resumed'),
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 30 * MINUTE })),
  }),
  { maxLength: 150 },
);
const limits = fc.record({
  intervalMs: fc.integer({ min: 1_000, max: 20 * MINUTE }),
  maxPerHour: fc.integer({ min: 1, max: 6 }),
  maxGroups: fc.constant(100),
});

describe('AlertGroups, whatever happens when', () => {
  test('tells what a model tells, at the moment it said it would', () => {
    fc.assert(
      fc.property(limits, happenings, (given, steps) => {
        const [groups, model] = [new AlertGroups(given), new Model(given)];
        let nowMs = 0;
        for (const { kind, done, waitMs } of steps) {
          nowMs += waitMs;
          groups.add(occurrence(kind, { done }), nowMs);
          model.happened.push({ kind, atMs: nowMs });
          const nextMs = groups.nextMs(nowMs)!;
          const [alerts, counts] = [groups.take(nowMs), model.take(nowMs)];
          expect(alerts.length > 0).toBe(nextMs <= nowMs);
          expect(alerts.reduce((sum, { kinds }) => sum + kinds, 0)).toBe(counts.size);
          for (const { fingerprint, count } of alerts)
            if (fingerprint !== '') expect(count).toBe(counts.get(fingerprint));
          expect(alerts.length).toBeLessThanOrEqual(MAX_ALERTS);
          expect(groups.pending).toBe(model.happened.length);
        }
      }),
    );
  });

  test('counts each failure once, in bounded room, however few kinds it can tell apart and however the clock jumps', () => {
    const jumping = fc.array(fc.record({ kind: fc.nat(40), waitMs: fc.integer({ min: -HOUR, max: HOUR }) }), { maxLength: 200 }); // prettier-ignore
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 5 }), jumping, (given, maxGroups, steps) => {
        const groups = new AlertGroups({ ...given, maxGroups });
        let [nowMs, told] = [10 * HOUR, 0];
        for (const [index, { kind, waitMs }] of steps.entries()) {
          nowMs += waitMs;
          groups.add(occurrence(`k${kind}`), nowMs);
          const alerts = groups.take(nowMs);
          told += alerts.reduce((sum, { count }) => sum + count, 0);
          expect(told + groups.pending).toBe(index + 1);
          expect(alerts.length).toBeLessThanOrEqual(maxGroups + 1);
        }
      }),
    );
  });
});
