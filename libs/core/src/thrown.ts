import { type Failure, SunbeonError, toFailure } from './errors.js';
import { Bury, Drop, type Outcome, Retry } from './outcome.js';

/**
 * Only an error that says of itself that it will pass is waited out. Any other, a codec's own `TypeError` too, would hold the
 * partition for ever: the record is unreadable, and buried.
 */
export function undecoded(thrown: unknown): Outcome {
  const error = toFailure(thrown);
  if (!(thrown instanceof SunbeonError)) {
    return { kind: 'unreadable', error: { ...error, code: 'RECORD_UNREADABLE', retriable: false } };
  }
  return { kind: thrown.retriable ? 'unavailable' : 'unreadable', error };
}

/**
 * The closed vocabulary of handlers, and everything else they may throw.
 * @param exceeded the time limit that had passed by then
 */
export function outcomeOf(thrown: unknown, released: AbortSignal, exceeded?: SunbeonError): Outcome {
  const error = toFailure(thrown);
  // What fails because we told it to stop has not failed: it is left unsettled and delivered again.
  if (released.aborted) return { kind: 'unavailable', error };
  const failed: Outcome = { kind: 'failed', error: exceeded === undefined ? error : inTime(exceeded, thrown, error) };
  try {
    return inVocabulary(thrown, error) ?? failed;
  } catch {
    return failed; // a revoked proxy, a getter that throws: nothing that can be asked what it is
  }
}

function inVocabulary(thrown: unknown, error: Failure): Outcome | undefined {
  if (thrown instanceof Retry) return { kind: 'retry', delayMs: thrown.delayMs, error };
  if (thrown instanceof Drop) return { kind: 'drop', reason: thrown.message };
  if (thrown instanceof Bury) return { kind: 'bury', error };
  return undefined;
}

/** Whatever a handler throws once its time is up: what it was, and where (its own stack), stays to be read. */
function inTime(exceeded: SunbeonError, thrown: unknown, { name, message, stack }: Failure): Failure {
  const failure = toFailure(exceeded);
  if (thrown === exceeded || isAbort(thrown)) return failure;
  const said = { ...failure, message: `${failure.message} It then threw ${name}: ${message}` };
  return stack === undefined ? said : { ...said, stack };
}

/** What `fetch` and its like throw when their signal aborts; a DOMException, whose class says nothing. */
function isAbort(thrown: unknown): boolean {
  try {
    return (thrown as { readonly name?: unknown } | null)?.name === 'AbortError';
  } catch {
    return false; // it cannot be looked at
  }
}
