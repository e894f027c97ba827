import { createHash } from 'node:crypto';
import type { Failure } from './errors.js';
import { fingerprint } from './fingerprint.js';

/**
 * What a message would become today, against what became of it: `same`; `different`: another output, another outcome, or another
 * error; `mended`: it was buried, and does not fail; `failed`: it fails, and did not, or nobody knows; `unknown`: it does not fail, and
 * nobody knows what it did.
 */
export type ShadowJudgement = 'same' | 'different' | 'mended' | 'failed' | 'unknown';

/** One outcome, as small as it can be compared and shown: thousands of them are held. */
export interface ShadowOutcome {
  /** `failed` is buried, or would be tried again: a shadow makes one attempt. */
  readonly status: 'succeeded' | 'dropped' | 'failed';
  /** Two that are equal here, of one status, are the same. */
  readonly mark: string;
  /** For people: the beginning of the output, the reason, or the error. */
  readonly shown: string;
}

/** One message that is not as it was. */
export interface ShadowExample {
  readonly judgement: ShadowJudgement;
  readonly id: string;
  readonly contract: string;
  /** `<topic>/<partition>/<offset>`. */
  readonly address: string;
  /** Undefined = nobody knows. */
  readonly was: string | undefined;
  readonly is: string;
}

/** What a shadow of the past has come to. */
export interface ShadowReport {
  readonly queue: string;
  /** Messages in the range. */
  readonly matched: number;
  /** Those that were run: the sum of the judgements, and less than `matched` where there were more than may be. */
  readonly compared: number;
  readonly same: number;
  readonly different: number;
  readonly mended: number;
  readonly failed: number;
  readonly unknown: number;
  /** Follow-ups by contract: counted, and not sent. */
  readonly followUps: Readonly<Record<string, number>>;
  /** The first ones that are not the same. */
  readonly examples: readonly ShadowExample[];
}

/** Of what is shown to people so much is kept. */
const MAX_SHOWN = 300;

/** @param text the {@link canonicalText} of its output as a reader gets it: two versions of a schema make the same of it */
export function succeeded(text: string): ShadowOutcome {
  return {
    status: 'succeeded',
    mark: createHash('sha256').update(text).digest('base64'),
    shown: text.slice(0, MAX_SHOWN),
  };
}

/** Why is said in words, which may differ from run to run. */
export function dropped(reason: string): ShadowOutcome {
  return { status: 'dropped', mark: '', shown: `dropped: ${reason}`.slice(0, MAX_SHOWN) };
}

/** @param error its stack does not count: results have none */
export function failed(contract: string, error: Pick<Failure, 'code' | 'name' | 'message'>): ShadowOutcome {
  const { code, name, message } = error;
  const shown = `${code}: ${name}: ${message}`.slice(0, MAX_SHOWN);
  return { status: 'failed', mark: fingerprint(contract, { code, name, message }), shown };
}

export function judgeShadow(was: ShadowOutcome | undefined, is: ShadowOutcome): ShadowJudgement {
  if (was?.status === is.status) return was.mark === is.mark ? 'same' : 'different';
  if (is.status === 'failed') return 'failed';
  if (was === undefined) return 'unknown';
  return was.status === 'failed' ? 'mended' : 'different';
}

/** Equal for equal values, whatever the order of their fields; what JSON does not have is told apart from what it has. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(plain(value)) ?? 'null';
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { $time: value.getTime() };
  if (Array.isArray(value)) return value.map(plain);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.sort(byName).map(([name, field]) => [name, plain(field)]));
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
