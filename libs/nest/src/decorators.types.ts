/**
 * Compile test of the decorators: `tsc -b` sees this file (it is no `*.spec.ts`), and an `@ts-expect-error` over a line that
 * compiles is itself an error. It is not exported and not published.
 */
import { defineEvent, defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import type { BatchItem } from '@sunbeon/core/batch';
import { HandlesBatch, SubscribesBatch } from './batch.decorators.js';
import { Handles, Subscribes } from './decorators.js';
import type { EventPublisher, Tasks } from './client.js';

const add = defineTask({
  name: 'math.add',
  queue: 'math',
  input: { type: 'record', name: 'Add', fields: [{ name: 'a', type: 'double' }, { name: 'b', type: 'double', default: 0 }] }, // prettier-ignore
  output: { type: 'record', name: 'Sum', fields: [{ name: 'sum', type: 'double' }] },
});
const silent = defineTask({ name: 'log.line', queue: 'log', input: 'string' });
const landed = defineEvent({ name: 'flight.landed', schema: { type: 'record', name: 'Landed', fields: [{ name: 'gate', type: 'string' }] } }); // prettier-ignore

export class Fits {
  @Handles(add) whole({ a, b }: PayloadOf<typeof add>, context: TaskContext) {
    return { sum: a + b + context.attempt };
  }
  @Handles(add) async later({ a }: { a: number }) {
    return Promise.resolve({ sum: a });
  }
  @Handles(add) none() {
    return { sum: 0 };
  }
  @Handles(silent) nothing(line: string): void {
    line.trim();
  }
  @Handles(silent) async nothingLater(): Promise<void> {}
  @Subscribes(landed, { group: 'gates' }) on({ gate }: PayloadOf<typeof landed>) {
    return gate;
  }
}

export class FitsBatches {
  @HandlesBatch(add, { size: 10 }) some(items: readonly BatchItem<PayloadOf<typeof add>>[]) {
    return items.map(({ payload: { a, b }, context }) => (context.attempt > 3 ? new Error('no') : { sum: a + b }));
  }
  @HandlesBatch(silent, { size: 10 }) async all(items: readonly BatchItem<string>[]) {
    await Promise.resolve(items.length);
  }
  @SubscribesBatch(landed, { group: 'gates', size: 10 }) on(items: readonly BatchItem<{ gate: string }>[]) {
    return items.length;
  }
}

export class DoesNotFitBatches {
  // @ts-expect-error a batch handler takes a list of items
  @HandlesBatch(add, { size: 10 }) one({ a }: PayloadOf<typeof add>) {
    return [{ sum: a }];
  }
  // @ts-expect-error the outputs are missing
  @HandlesBatch(add, { size: 10 }) none() {}
  // @ts-expect-error "sum" is a number
  @HandlesBatch(add, { size: 10 }) wrong(items: readonly unknown[]) {
    return items.map(() => ({ sum: '1' }));
  }
  // @ts-expect-error the size is missing
  @HandlesBatch(silent, {}) size() {}
}

export class DoesNotFit {
  // @ts-expect-error the payload has no field "c"
  @Handles(add) wrongPayload({ c }: { c: string }) {
    return { sum: c.length };
  }
  // @ts-expect-error "sum" is a number
  @Handles(add) wrongReturn({ a }: PayloadOf<typeof add>) {
    return { sum: String(a) };
  }
  // @ts-expect-error the output is missing
  @Handles(add) async noReturn() {}
  // @ts-expect-error a task without output returns nothing
  @Handles(silent) something() {
    return 42;
  }
  // @ts-expect-error the second parameter is the context
  @Handles(add) wrongContext(_payload: PayloadOf<typeof add>, context: { nobodyHasThis: string }) {
    return { sum: context.nobodyHasThis.length };
  }
  // @ts-expect-error a handler takes two parameters at most
  @Handles(add) tooMany(_payload: unknown, _context: unknown, _third: string) {
    return { sum: 0 };
  }
  // @ts-expect-error an event is not handled but subscribed to
  @Handles(landed) event() {}
  // @ts-expect-error a task has no groups
  @Subscribes(add, { group: 'gates' }) task() {}
  // @ts-expect-error there is no option "retries"
  @Subscribes(landed, { group: 'gates', retries: 3 }) option() {}
  // @ts-expect-error the gate is a string
  @Subscribes(landed, { group: 'gates' }) wrongEvent(_flight: { gate: number }) {}
}

export async function client(tasks: Tasks, events: EventPublisher): Promise<number> {
  const handle = await tasks.enqueue(add, { a: 1 });
  // @ts-expect-error "a" is a number
  await tasks.enqueue(add, { a: '1' });
  // @ts-expect-error there is no option "delay"
  await tasks.enqueue(add, { a: 1 }, { delay: 3 });
  // @ts-expect-error an event is not enqueued but published
  await tasks.enqueue(landed, { gate: 'A1' });
  // @ts-expect-error a task is not published but enqueued
  await events.publish(add, { a: 1 });
  await events.publish(landed, { gate: 'A1' });
  const { sum } = await handle.result({ timeoutMs: 5_000 });
  return sum;
}
