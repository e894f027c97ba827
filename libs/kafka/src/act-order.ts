import { envelopeOf } from './buried-facts.js';
import { SunbeonError } from '@sunbeon/core';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { look } from './act-read.js';
import type { Address } from './address.js';
import { notFound } from './dlq.js';
import { chosen, type DlqFilter, matcher } from './dlq-filter.js';
import type { ActVerb, Positions } from './journal-entry.js';
import { replayRecord } from './replay.js';

/** Of a topic of the past: by time, or offsets of one partition; what is not given is open. */
export interface Range {
  /** Milliseconds since the epoch; the record's own timestamp decides. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly partition?: number;
  /** The first offset; with `partition`. */
  readonly from?: number;
  /** One past the last; with `partition`. */
  readonly to?: number;
}

/** What an act is asked to do, as JSON: with it another process goes on. */
export interface Order {
  readonly verb: ActVerb;
  /** The topic that the records lie on. */
  readonly source: string;
  /** Where they go; null = nowhere. */
  readonly target: string | null;
  /** Which are meant; all that is given applies. */
  readonly filter?: DlqFilter;
  /** Only these, all of the source. */
  readonly addresses?: readonly Pick<Address, 'partition' | 'offset'>[];
  readonly range?: Range;
  /** Also what was sent again before. */
  readonly again?: boolean;
  /** Also what was discarded. */
  readonly all?: boolean;
  /** Records a second. */
  readonly rate?: number;
  /** One attempt, no retries. */
  readonly once?: boolean;
  /** Of a discard. */
  readonly reason?: string;
  /** Of an edit: the fields that are another now. */
  readonly paths?: readonly string[];
}

const KNOWN: readonly (keyof Order)[] = [
  'verb', 'source', 'target', 'filter', 'addresses', 'range', 'again', 'all', 'rate', 'once', 'reason', 'paths',
]; // prettier-ignore
const MAX_REASON = 1_000;

/** An option that nobody reads may have been meant to hold something back. @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN` */
export function checkOrder(order: Order): void {
  // Nothing of the past is hidden from a rerun.
  const known = order.verb === 'rerun' ? KNOWN.filter((name) => name !== 'all') : KNOWN;
  refuseUnknownOptions(order, [...known, 'to', 'dryRun'], order.verb);
  const { verb, rate, reason } = order;
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0))
    throw invalidOption(`${verb}: rate`, rate, 'Give records per second, more than 0.');
  if (verb === 'discard' && !(typeof reason === 'string' && reason.trim() !== '' && reason.length <= MAX_REASON))
    throw invalidOption(
      'discard: reason',
      String(reason).slice(0, 40),
      `Say why nobody needs it, in up to ${MAX_REASON} characters (--reason "test data").`,
    );
}

/** @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN` for a filter that cannot be */
export function matchesOf({ verb, filter = {}, addresses }: Order): (record: IncomingRecord) => boolean {
  const fits = matcher(filter);
  const wanted = addresses && new Set(addresses.map((one) => `${one.partition}/${one.offset}`));
  return (record) =>
    (wanted === undefined || wanted.has(`${record.partition}/${record.offset}`)) &&
    (verb !== 'rerun' || isFirst(record)) &&
    fits(record);
}

/** The headers that {@link matchesOf} looks at. */
export function headersOf({ verb, filter = {} }: Order): readonly string[] {
  const own = verb === 'rerun' ? [HEADER.replayOf, HEADER.attempt] : [];
  return [...chosen({ filter }).headers, ...own];
}

export function sendOf(order: Order, act: string): ((record: IncomingRecord) => OutgoingRecord) | undefined {
  const { target: to, once = false } = order;
  return to === null ? undefined : (record) => replayRecord(record, { to, act, once });
}

/** Retries and replays are copies of a message that lies on the same topic, or did: with them it would run twice. */
function isFirst(record: IncomingRecord): boolean {
  return headerText(record.headers, HEADER.replayOf) === undefined && envelopeOf(record).attempt === 1;
}

/**
 * Where it begins, and where it ends: what is written from now on, perhaps because of it, is not meant.
 * @throws SunbeonError `TOPIC_MISSING`, also for the target; `OPTION_INVALID`
 */
export async function rangeOf(road: Road, order: Order): Promise<{ positions: Positions; ends: Positions }> {
  const { source, target, addresses, range = {}, filter = {} } = order;
  const admin = await road.admin();
  if (target !== null) await admin.offsets(target);
  const offsets = await admin.offsets(source);
  const sinceMs = range.sinceMs ?? filter.sinceMs;
  const since = sinceMs === undefined ? undefined : await admin.offsetsAt(source, sinceMs);
  const until = range.untilMs === undefined ? undefined : await admin.offsetsAt(source, range.untilMs);
  const positions = new Map<number, number>();
  const ends = new Map<number, number>();
  for (const { partition, low, high } of offsets) {
    const own = addresses?.filter((one) => one.partition === partition).map(({ offset }) => offset);
    if (own?.length === 0 || (range.partition ?? partition) !== partition) continue;
    const asked = Math.max(low, range.from ?? low, offsetIn(since, partition) ?? low, own ? Math.min(...own) : low);
    // The journal keeps where it ends, and a topic that ends before that is taken for another one.
    const first = Math.min(asked, high);
    const end = Math.min(high, range.to ?? high, offsetIn(until, partition) ?? high, own ? Math.max(...own) + 1 : high);
    positions.set(partition, first);
    ends.set(partition, Math.max(first, end));
  }
  if (ends.size === 0 && addresses === undefined) throw noPartition(order);
  return { positions, ends };
}

function offsetIn(
  offsets: readonly { partition: number; offset: number }[] | undefined,
  partition: number,
): number | undefined {
  return offsets?.find((one) => one.partition === partition)?.offset;
}

/** @throws SunbeonError `DLQ_RECORD_NOT_FOUND` when one of the addresses has no record (any more) */
export async function refuseMissing(
  road: Road,
  { source, addresses }: Order,
  { positions: from, ends }: { readonly positions: Positions; readonly ends: Positions },
): Promise<void> {
  if (addresses === undefined) return;
  const missing = new Map(addresses.map((one) => [`${one.partition}/${one.offset}`, one]));
  await look(
    road,
    { source, from, ends, headers: [] },
    ({ partition, offset }) => void missing.delete(`${partition}/${offset}`),
  );
  for (const { partition, offset } of missing.values()) throw notFound({ topic: source, partition, offset });
}

function noPartition({ source, range }: Order): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${source} has no partition ${range?.partition ?? ''}.`, {
    hint: 'See its partitions with "sunbeon topology".',
    facts: { topic: source },
  });
}
