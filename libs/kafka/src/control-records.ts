import { type Circuit, CLOSED, type QueuePause } from '@sunbeon/core/breaker';
import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord } from '@sunbeon/core/ports';

/** What a person has said about a queue. */
export interface Wish {
  readonly state: 'paused' | 'released';
  readonly reason: string;
  readonly by: string;
  /** In milliseconds since the epoch. */
  readonly atMs: number;
}

/** What a record on the control topic is about. */
export interface ControlKey {
  /** Without the deployment's prefix. */
  readonly queue: string;
  /** A person's word has a key of its own, so that no breaker can write over it. */
  readonly of: 'breaker' | 'person';
}

export const RELEASED: Wish = Object.freeze({ state: 'released', reason: '', by: '', atMs: 0 });

/** Enough for a person; nobody fills the memory of all consumers through this topic. */
const MAX_REASON = 500;
const MAX_BY = 300; // an application’s name has 200 at most

export function keyText({ queue, of }: ControlKey): string {
  return of === 'breaker' ? `queue/${queue}` : `queue/${queue}/person`;
}

/** Undefined: about something that this version does not know. */
export function parseKey(key: Buffer | null): ControlKey | undefined {
  const match = /^queue\/([\w.-]{1,249})(\/person)?$/.exec(key?.toString() ?? '');
  return match === null ? undefined : { queue: match[1]!, of: match[2] === undefined ? 'breaker' : 'person' };
}

export function circuitRecord(topic: string, queue: string, circuit: Circuit): OutgoingRecord {
  const { state, epoch, sinceMs: since, untilMs: until, reason, by, trips } = circuit;
  return controlRecord(topic, { queue, of: 'breaker' }, { state, epoch, since, until, reason, by, trips });
}

export function wishRecord(topic: string, queue: string, { state, atMs: since, reason, by }: Wish): OutgoingRecord {
  return controlRecord(topic, { queue, of: 'person' }, { state, since, reason, by });
}

/** Why nothing of the queue begins, by what both have said: a person's word is above the breaker's. */
export function pauseOf(
  queue: string,
  { wish, circuit }: { readonly wish: Wish; readonly circuit: Circuit },
): QueuePause | undefined {
  if (wish.state === 'paused') return { queue, state: 'paused', reason: wish.reason, by: wish.by, atMs: wish.atMs };
  const { state, reason, by, sinceMs: atMs, untilMs } = circuit;
  return state === 'closed' ? undefined : { queue, state, reason, by, atMs, untilMs };
}

function controlRecord(topic: string, key: ControlKey, value: object): OutgoingRecord {
  const headers = { 'content-type': Buffer.from('application/json') };
  return { topic, partition: 0, key: keyText(key), value: Buffer.from(JSON.stringify(value)), headers };
}

/** @throws SunbeonError `RECORD_UNREADABLE` */
export function readCircuit(value: Buffer | null): Circuit {
  if (value === null) return CLOSED; // deleted: nothing holds
  const { state, epoch, since, until, trips, reason, by } = fieldsOf(value);
  if (state !== 'closed' && state !== 'open' && state !== 'half-open')
    throw unreadable(`its state is ${String(state)}`);
  const whole = { epoch, since, until, trips };
  for (const [name, number] of Object.entries(whole))
    if (!Number.isSafeInteger(number) || (number as number) < 0) throw unreadable(`its ${name} is ${String(number)}`);
  const [atMs, untilMs] = [since as number, until as number];
  return Object.freeze({ state, epoch: epoch as number, sinceMs: atMs, untilMs, trips: trips as number, reason: text(reason, MAX_REASON), by: text(by, MAX_BY) }); // prettier-ignore
}

/** @throws SunbeonError `RECORD_UNREADABLE` */
export function readWish(value: Buffer | null): Wish {
  if (value === null) return RELEASED;
  const { state, since, reason, by } = fieldsOf(value);
  if (state !== 'paused' && state !== 'released') throw unreadable(`its state is ${String(state)}`);
  if (!Number.isSafeInteger(since) || (since as number) < 0) throw unreadable(`its since is ${String(since)}`);
  return { state, atMs: since as number, reason: text(reason, MAX_REASON), by: text(by, MAX_BY) };
}

function fieldsOf(value: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch (cause) {
    throw unreadable('it is no JSON', cause);
  }
  throw unreadable('it is no JSON object');
}

function text(value: unknown, most: number): string {
  return typeof value === 'string' ? value.slice(0, most) : '';
}

function unreadable(why: string, cause?: unknown): SunbeonError {
  return new SunbeonError('RECORD_UNREADABLE', `A record on the control topic holds nothing: ${why}.`, {
    hint: 'Write it anew with "sunbeon queue pause" or "sunbeon queue resume".',
    ...(cause === undefined ? {} : { cause }),
  });
}
