import { Bury, Drop, Retry } from '@sunbeon/core';
import type { TaskContext } from '@sunbeon/core';
import { isObservable, lastValueFrom } from 'rxjs';

/** A handler with Nest's pipeline around it. */
export type Handle = (payload: unknown, context: TaskContext) => Promise<unknown>;

/** Where one call's error is kept, should no filter answer for it. */
interface Slot {
  thrown?: unknown;
}

type Attempt = (payload: unknown, context: TaskContext, slot: Slot) => Promise<Settled>;

/** What the handler itself did, as opposed to what a filter returned. */
class Settled {
  constructor(
    readonly value: unknown,
    readonly isThrown: boolean,
  ) {}
}

/**
 * Puts exception filters around a handler. What a filter returns is the attempt's output, so the message is done; what it
 * throws is the attempt's error. A filter that returns nothing (it only logged) has not handled the error: it is thrown on,
 * so that a message is never finished by accident. `Retry`, `Drop` and `Bury` are no errors and pass the filters by.
 * @param filtered gives the function that runs Nest's filters around an attempt
 */
export function applyFilters(
  inner: Handle,
  filtered: (attempt: Attempt) => (...args: unknown[]) => Promise<unknown>,
): Handle {
  const outer = filtered(async (payload, context, slot) => {
    try {
      return new Settled(await inner(payload, context), false);
    } catch (thrown) {
      if (isSignal(thrown)) return new Settled(thrown, true);
      slot.thrown = thrown;
      throw thrown;
    }
  });
  return async (payload, context) => {
    const slot: Slot = {};
    const result = await outer(payload, context, slot);
    if (!(result instanceof Settled)) return answerOf(result, slot);
    if (result.isThrown) throw result.value;
    return result.value;
  };
}

/** Filters written for microservices return Observables. */
async function answerOf(result: unknown, slot: Slot): Promise<unknown> {
  const answer: unknown = isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
  if (answer === undefined) throw slot.thrown;
  return answer;
}

function isSignal(thrown: unknown): boolean {
  return thrown instanceof Retry || thrown instanceof Drop || thrown instanceof Bury;
}
