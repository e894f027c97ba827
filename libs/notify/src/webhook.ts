import { randomUUID } from 'node:crypto';
import { SunbeonError } from '@sunbeon/core/errors';
import { checkBoolean, checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Notifier } from '@sunbeon/core/notifier';
import type { Clock } from '@sunbeon/core/ports';
import { given, SYSTEM_CLOCK } from './options.js';
import { bodyOf, type WebhookFormat } from './payload.js';
import { type Answer, checkLiteral, post, type Resolve, type Target } from './post.js';
import { secretBytes, signatureHeaders } from './signature.js';
import { oneLine } from './text.js';
import { type Failed, persist, retryAfterMs } from './tries.js';

export interface WebhookOptions {
  /** http or https, without user and password. It may be a secret (Slack's are): it is in no error and no log, its host is. */
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64: with it each request is signed. Required for `json`. */
  readonly secret?: string;
  /** Default: `json`. */
  readonly format?: WebhookFormat;
  /** Whether the address may be one of this machine, its network or its cloud. Default: false. */
  readonly allowPrivate?: boolean;
  /** Of one try, in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Tries after the first, when the other side is away, busy (429) or broken (5xx). Default: 3. */
  readonly retries?: number;
  /** For tests. Default: the system's time. */
  readonly clock?: Clock;
  /** For tests: the jitter of the pauses, from 0 to below 1. */
  readonly random?: () => number;
  /** For tests. Default: the system's resolver. */
  readonly resolve?: Resolve;
}

const OPTIONS = ['url', 'secret', 'format', 'allowPrivate', 'timeoutMs', 'retries', 'clock', 'random', 'resolve'];
const DEFAULTS = {
  format: 'json',
  allowPrivate: false,
  timeoutMs: 10_000,
  retries: 3,
  clock: SYSTEM_CLOCK,
  random: Math.random,
} as const;

/**
 * Alerts as a POST, signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`, and `ADDRESS_REFUSED` when the URL itself has an address that is not public
 */
export function webhook(options: WebhookOptions): Notifier {
  refuseUnknownOptions(options, OPTIONS, 'webhook');
  const { format, allowPrivate, timeoutMs, retries, clock, random, ...of } = { ...DEFAULTS, ...given(options) };
  if (format !== 'json' && format !== 'slack') throw invalidOption('webhook: format', String(format), "Give 'json' or 'slack'."); // prettier-ignore
  checkBoolean('webhook: allowPrivate', allowPrivate);
  checkWhole('webhook: timeoutMs', timeoutMs, { least: 1, most: 60_000 });
  checkWhole('webhook: retries', retries, { least: 0, most: 10 });
  const target: Target = { url: urlOf(of.url), allowPrivate, resolve: of.resolve };
  checkLiteral(target.url, allowPrivate);
  const secret = of.secret === undefined && format === 'slack' ? undefined : secretBytes(of.secret);
  return {
    notify(alerts, { channel, signal }) {
      const id = `msg_${randomUUID()}`;
      const body = bodyOf(alerts, format, { channel, atMs: clock.now() });
      const attempt = (): Promise<Failed | undefined> => {
        const headers = { ...plainHeaders(body), ...signatureHeaders({ id, atMs: clock.now(), body }, secret) };
        const answer = post(target, { headers, body }, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
        return failureOf(answer, { host: target.url.hostname, nowMs: clock.now() });
      };
      return persist(attempt, { retries, clock, random, signal });
    },
  };
}

function plainHeaders(body: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'sunbeon', connection: 'close' }; // prettier-ignore
}

async function failureOf(
  posted: Promise<Answer>,
  { host, nowMs }: { host: string; nowMs: number },
): Promise<Failed | undefined> {
  try {
    const { status, retryAfter, text } = await posted;
    if (status >= 200 && status < 300) return undefined;
    const error = notTaken(`webhook: ${host} answered ${status}${text === '' ? '' : `: ${oneLine(text)}`}.`);
    const afterMs = retryAfterMs(retryAfter, nowMs);
    return { error, isFinal: status < 500 && status !== 429, ...(afterMs === undefined ? {} : { afterMs }) };
  } catch (cause) {
    if (cause instanceof SunbeonError && cause.code === 'ADDRESS_REFUSED') return { error: cause, isFinal: true };
    return { error: notTaken(`webhook: ${host} cannot be reached: ${whyOf(cause)}.`, cause), isFinal: false };
  }
}

function notTaken(message: string, cause?: unknown): SunbeonError {
  return new SunbeonError('NOTIFY_FAILED', message, cause === undefined ? {} : { cause });
}

/** Of several addresses that were tried, the first one's error: the error of all has no message. */
function whyOf(cause: unknown): string {
  const { errors = [], name, message } = cause as { errors?: unknown[]; name?: string; message?: string };
  if (errors.length > 0) return whyOf(errors[0]);
  return name === 'AbortError' ? 'no answer in time' : oneLine(String(message ?? cause));
}

function urlOf(text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw invalidOption('webhook: url', 'not an address that can be used', 'Give an http(s) address without user and password, for example https://hooks.example.org/alerts.'); // prettier-ignore
}
