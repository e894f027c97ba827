import { SunbeonError } from '@sunbeon/core';

/** Whether a broker may have written what this error says has failed; what says nothing may have. */
export function mayHaveHappened(error: unknown): boolean {
  return !(error instanceof SunbeonError) || error.facts['mayHaveHappened'] !== false;
}

/** It can be tried again without being written twice. */
export function wasNeverSent(error: unknown): boolean {
  return error instanceof SunbeonError && error.retriable && !mayHaveHappened(error);
}

/**
 * What is sure to fail again by itself may be the fault of one call among many; what is not fails all of them. So does what is said to be
 * in doubt: sent again, it might be written twice.
 */
export function isPerhapsOneCalls(error: unknown): boolean {
  return !(error instanceof SunbeonError) || (!error.retriable && error.facts['mayHaveHappened'] !== true);
}

/** The first slices of a call are written already. */
export function partly(error: unknown): unknown {
  if (!(error instanceof SunbeonError) || mayHaveHappened(error)) return error;
  return withFacts(error, { mayHaveHappened: true });
}

/** The same error, knowing more. */
export function withFacts(
  error: SunbeonError,
  facts: Readonly<Record<string, unknown>>,
  cause = error.cause,
): SunbeonError {
  const { code, message, hint } = error;
  const details = { facts: { ...error.facts, ...facts }, cause };
  if (hint === undefined) return new SunbeonError(code, message, details);
  return new SunbeonError(code, message.slice(0, -hint.length - 1), { ...details, hint }); // it ends in the hint
}

export function tooLarge(topic: string, bytes: number, limit: number): SunbeonError {
  return new SunbeonError('RECORD_TOO_LARGE', `A record for ${topic} has ${bytes} bytes; the limit is ${limit}.`, {
    hint: 'Send a reference to the data (a path, an object key) instead of the data.',
    facts: { topic, bytes, limit },
  });
}

export function bufferFull(bytes: number, limit: number): SunbeonError {
  return new SunbeonError('BUFFER_FULL', `${bytes} bytes wait for the broker; the buffer holds ${limit}.`, {
    hint: 'Send more slowly, raise produce.maxBufferBytes, or let calls wait with produce.whenFull: wait.',
    facts: { bytes, limit, mayHaveHappened: false },
  });
}

export function tooLate(of: {
  readonly mayHaveHappened: boolean;
  readonly timeoutMs: number;
  readonly cause: unknown;
}): SunbeonError {
  const { mayHaveHappened: may, timeoutMs, cause } = of;
  const what = may ? 'it was sent and may be written all the same' : 'it was not sent';
  return new SunbeonError('DELIVERY_TIMEOUT', `No acknowledgement within ${timeoutMs} ms; ${what}.`, {
    hint: 'Check the brokers; the same message sent again with the same id is the same message.',
    facts: { mayHaveHappened: may, timeoutMs },
    ...(cause === undefined ? {} : { cause }),
  });
}
