import type { Envelope } from '@sunbeon/core/envelope';
import type { Failure } from '@sunbeon/core';
import { MAX_MESSAGE } from './dead-letter.js';

/** Of the attempts this many are kept: a replayed record starts again with the history it has. */
const MAX_HISTORY = 20;

/** The attempt history with one more. */
export function remember(
  envelope: Envelope,
  error: Failure,
  ran: { readonly atMs: number; readonly by: string },
): Envelope['history'] {
  const { code, name, message } = brief(error);
  return [...envelope.history, { attempt: envelope.attempt, ...ran, code, name, message: message.slice(0, 500) }].slice(
    -MAX_HISTORY,
  );
}

export function brief({ code, name, message }: Failure): Pick<Failure, 'code' | 'name' | 'message'> {
  return { code, name, message: message.slice(0, MAX_MESSAGE) };
}
