import type { SendOptions } from '@sunbeon/nest';
import { DoorError } from './problem.js';

/** Trace context, idempotency key and deadline of a request, checked. */
export type Carried = Pick<SendOptions, 'traceparent' | 'tracestate' | 'idempotencyKey' | 'expiresAfterMs'>;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** W3C Trace Context 1.0: version, trace id, parent id, flags; all-zero ids are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Same: receivers must carry 512 characters at least; longer ones may be discarded. */
const TRACESTATE = /^[ -~\t]{1,512}$/;

/**
 * What a request hands on besides its payload. A malformed trace context is discarded, as the W3C asks.
 * @throws DoorError `REQUEST_INVALID` for an idempotency key or a deadline that is none
 */
export function carriedBy({ headers, query }: { readonly headers: Headers; readonly query: unknown }): Carried {
  const traceparent = matching(headers['traceparent'], TRACEPARENT);
  const tracestate = traceparent === undefined ? undefined : matching(headers['tracestate'], TRACESTATE);
  const key = idempotencyKey(headers['idempotency-key']);
  const expiresAfterMs = checkedExpiry((query as { expiresAfterMs?: unknown }).expiresAfterMs);
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(expiresAfterMs === undefined ? {} : { expiresAfterMs }),
  };
}

function matching(value: string | readonly string[] | undefined, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

/** draft-ietf-httpapi-idempotency-key-header: a quoted string; the bare form that most clients send is the same key. */
function idempotencyKey(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bare = typeof value === 'string' ? value.replace(/^"(.*)"$/, '$1') : '';
  if (/^[!-~]{1,255}$/.test(bare)) return bare;
  throw new DoorError('REQUEST_INVALID', 'Idempotency-Key is not usable.', {
    hint: 'Send one key of 1 to 255 visible ASCII characters, for example a UUID.',
  });
}

/** A message may expire after a year at most: topics keep nothing longer. */
export const MAX_EXPIRY_MS = 365 * 86_400_000;

function checkedExpiry(text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const ms = typeof text === 'string' && /^\d{1,11}$/.test(text) ? Number(text) : NaN;
  if (ms >= 1 && ms <= MAX_EXPIRY_MS) return ms;
  throw new DoorError('REQUEST_INVALID', 'expiresAfterMs is not usable.', {
    hint: `Give whole milliseconds from 1 to ${MAX_EXPIRY_MS}.`,
    errors: [{ field: 'expiresAfterMs', message: `expected a whole number from 1 to ${MAX_EXPIRY_MS}` }],
  });
}

/** What a message id may look like: ours are UUIDs; other clients choose their own `ce_id`. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/;

/** @throws DoorError `REQUEST_INVALID` */
export function checkedId(id: string): string {
  if (ID.test(id)) return id;
  throw new DoorError('REQUEST_INVALID', 'This is not the id of a task.', {
    hint: 'Use the id that enqueueing answered, 1 to 200 letters, digits, ".", "_", ":", "@" and "-".',
  });
}

/** The longest that one request may wait, in milliseconds: most proxies cut at 60 s. */
export const MAX_WAIT_MS = 60_000;

/** @throws DoorError `REQUEST_INVALID` */
export function checkedWaitMs(waitMs: unknown): number {
  if (waitMs === undefined) return 0;
  const ms = typeof waitMs === 'string' && /^\d{1,5}$/.test(waitMs) ? Number(waitMs) : NaN;
  if (ms <= MAX_WAIT_MS) return ms;
  throw new DoorError('REQUEST_INVALID', 'waitMs is not usable.', {
    hint: `Give whole milliseconds from 0 to ${MAX_WAIT_MS}.`,
    errors: [{ field: 'waitMs', message: `expected a whole number from 0 to ${MAX_WAIT_MS}` }],
  });
}
