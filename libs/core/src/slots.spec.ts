import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type QueueSlots, Slots } from './slots.js';

/** Queues with work of two contracts, which they begin in the order it came; a contract at its limit is passed over. */
class Bench {
  readonly slots: Slots;
  readonly queues = new Map<string, { slots: QueueSlots; waiting: string[]; running: string[] }>();
  readonly began: string[] = [];

  constructor(total: number, limits: Record<string, number | undefined>) {
    this.slots = new Slots(total);
    for (const [name, limit] of Object.entries(limits)) {
      const begin = (): boolean => this.#begin(name);
      const slots = this.slots.queue({ limit, contracts: new Map([['a', undefined], ['b', undefined]]), begin }); // prettier-ignore
      this.queues.set(name, { slots, waiting: [], running: [] });
    }
  }

  #begin(name: string): boolean {
    const queue = this.queues.get(name)!;
    const at = queue.waiting.findIndex((contract) => queue.slots.mayRun(contract));
    if (at === -1) return false;
    const [contract] = queue.waiting.splice(at, 1) as [string];
    queue.running.push(contract);
    queue.slots.took(contract);
    this.began.push(name);
    return true;
  }

  push(name: string, ...contracts: string[]): void {
    const queue = this.queues.get(name)!;
    queue.waiting.push(...contracts);
    queue.slots.ask();
  }

  end(name: string, which = 0): void {
    const queue = this.queues.get(name)!;
    const [contract] = queue.running.splice(which % (queue.running.length || 1), 1);
    if (contract !== undefined) queue.slots.end(contract);
  }
}

const names = ['x', 'y', 'z'];
const queue = fc.constantFrom(...names);
const limit = fc.integer({ min: 1, max: 4 });
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: queue, contract: fc.constantFrom('a', 'b') }) },
    { weight: 4, arbitrary: fc.record({ end: queue, which: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ total: limit }) },
    { weight: 1, arbitrary: fc.record({ limitOf: queue, to: limit }) },
    { weight: 1, arbitrary: fc.record({ contractOf: queue, contract: fc.constantFrom('a', 'b'), to: limit }) },
  ),
  { maxLength: 100 },
);

/** What the limits are: a change that lowers one lets what runs run on. */
class Limits {
  readonly queues: Record<string, number> = {};
  readonly contracts: Record<string, number> = {};
  constructor(public total: number) {}
}

type Step =
  | { readonly push: string; readonly contract: string }
  | { readonly end: string; readonly which: number }
  | { readonly total: number }
  | { readonly limitOf: string; readonly to: number }
  | { readonly contractOf: string; readonly contract: string; readonly to: number };

function play(bench: Bench, limits: Limits, step: Step): void {
  if ('push' in step) bench.push(step.push, step.contract);
  else if ('end' in step) bench.end(step.end, step.which);
  else if ('total' in step) bench.slots.setTotal((limits.total = step.total));
  else if ('limitOf' in step) bench.queues.get(step.limitOf)!.slots.setLimit((limits.queues[step.limitOf] = step.to));
  else {
    limits.contracts[`${step.contractOf}/${step.contract}`] = step.to;
    bench.queues.get(step.contractOf)!.slots.setContractLimit(step.contract, step.to);
  }
}

const count = (list: readonly string[], what: string): number => list.filter((one) => one === what).length;

/** The queues that have something to begin: below their limit and that of its contract. */
function able(bench: Bench, limits: Limits): string[] {
  return names.filter((name) => {
    const { waiting, running } = bench.queues.get(name)!;
    if (running.length >= (limits.queues[name] ?? Infinity)) return false;
    return waiting.some((contract) => count(running, contract) < (limits.contracts[`${name}/${contract}`] ?? Infinity));
  });
}

describe('Slots', () => {
  test('never begin above a limit, and leave no slot empty that somebody could use', () => {
    fc.assert(
      fc.property(limit, steps, (total, all) => {
        const [bench, limits] = [new Bench(total, { x: undefined, y: undefined, z: undefined }), new Limits(total)];
        for (const step of all) {
          const before = bench.began.length;
          play(bench, limits, step);
          const running = [...bench.queues].flatMap(([name, queue]) => queue.running.map((contract) => [name, contract] as const)); // prettier-ignore
          expect(bench.slots.running).toBe(running.length);
          for (const name of new Set(bench.began.slice(before))) {
            const { running: own, slots } = bench.queues.get(name)!;
            expect(slots.running).toBe(own.length);
            expect(own.length).toBeLessThanOrEqual(limits.queues[name] ?? Infinity);
            expect(running.length).toBeLessThanOrEqual(limits.total);
          }
          if (running.length < limits.total) expect(able(bench, limits)).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('contracts stay within theirs', () => {
    const bench = new Bench(10, { x: undefined });
    bench.queues.get('x')!.slots.setContractLimit('a', 2);
    bench.push('x', 'a', 'a', 'a', 'b', 'b');
    expect(bench.queues.get('x')!.running).toEqual(['a', 'a', 'b', 'b']);
    bench.end('x');
    expect(count(bench.queues.get('x')!.running, 'a')).toBe(2);
  });

  test('a queue that waits gets its turn within one round, whatever the others bring and take', () => {
    fc.assert(
      fc.property(limit, fc.array(fc.nat(20), { minLength: 50, maxLength: 80 }), (total, ends) => {
        const bench = new Bench(total, { x: undefined, y: undefined, z: undefined });
        for (const name of names) bench.push(name, ...Array.from({ length: 200 }, () => 'a'));
        for (const which of ends) {
          const running = names.filter((name) => bench.queues.get(name)!.running.length > 0);
          bench.end(running[which % running.length]!, which);
        }
        const later = bench.began.slice(total); // the first one to ask got all
        for (let at = 0; at + names.length <= later.length; at++)
          expect(new Set(later.slice(at, at + names.length)).size).toBe(names.length);
      }),
    );
  });

  test('a lowered limit lets what runs end, and a raised one is used at once', () => {
    const bench = new Bench(4, { x: undefined });
    bench.push('x', ...Array.from({ length: 20 }, () => 'a'));
    bench.slots.setTotal(2);
    bench.end('x');
    bench.end('x');
    expect([bench.slots.running, bench.began.length]).toEqual([2, 4]);
    bench.end('x');
    expect([bench.slots.running, bench.began.length]).toEqual([2, 5]);
    bench.slots.setTotal(6);
    expect([bench.slots.running, bench.began.length]).toEqual([6, 9]);
  });

  test('a queue whose limit is lowered while it waits for its turn begins nothing above it', () => {
    const bench = new Bench(2, { x: undefined, y: undefined });
    bench.push('x', 'a');
    bench.push('y', 'a');
    bench.push('x', 'a', 'a'); // waits for its turn
    bench.queues.get('x')!.slots.setLimit(1);
    bench.end('y');
    expect(bench.queues.get('x')!.running).toHaveLength(1);
    expect(bench.queues.get('x')!.slots.limit).toBe(1);
    bench.slots.setTotal(0);
    expect(bench.queues.get('y')!.slots.limit).toBe(0);
  });

  test('work that begins may bring more work of its own queue', () => {
    const slots = new Slots(3);
    let left = 3;
    const queue = slots.queue({
      limit: undefined,
      contracts: new Map(),
      begin: (own) => {
        if (left === 0) return false;
        left--;
        own.took('a');
        own.ask();
        return true;
      },
    });
    queue.ask();
    expect([slots.running, left]).toEqual([3, 0]);
  });
});
