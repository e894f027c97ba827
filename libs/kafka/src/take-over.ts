import { HEADER, headerText } from '@sunbeon/core/headers';
import type { Clock, IncomingRecord, Road } from '@sunbeon/core/ports';
import { addressOf, parseAddress } from './address.js';
import type { Journal, KnownAct } from './journal.js';
import type { ActState, Positions } from './journal-entry.js';
import { countOf, hasOffset, type PartitionRuns, runsOf } from './offset-set.js';
import { scan } from './scan.js';

/** A claim is renewed at least this often while its records are sent. */
export const WINDOW_MS = 5_000;
/** What has not begun to be sent by then is not sent. */
export const DELIVERY_MS = 10_000;
/** And of what has begun no try begins later than this. */
export const TRYING_MS = 10_000;
/** A leader that can be asked what it has, has by then what it was sent before. */
const ARRIVAL_MS = 5_000;
/** So long after a claim was last renewed, nothing of it can be under way any more. */
const LIFETIME_MS = WINDOW_MS + DELIVERY_MS + TRYING_MS + ARRIVAL_MS;
/** Clocks of two machines differ by less than this. */
const SKEW_MS = 60_000;
const LOOK_EVERY_MS = 250;

export interface TakeOverDependencies {
  readonly road: Road;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Of this process. */
  readonly life: string;
}

/**
 * Takes an act over from the process that was at it. What that one was sending is looked for on its target, and what was written is
 * marked as done: then its claim is over. Doing it twice, or by two at a time, comes to the same.
 * @param whom `dead`: not from a process that shows within the lifetime of its claim that it lives
 * @returns the act's state; undefined when its process lives, or somebody else has taken it over
 */
export async function takeOver(
  deps: TakeOverDependencies,
  id: string,
  whom: 'dead' | 'any',
): Promise<ActState | undefined> {
  const { journal, clock, life } = deps;
  const first = journal.state.actOf(id)!;
  // Counted by timers from here on: a clock that is set forward would bury the living.
  const leftMs = Math.min(clock.now(), first.writtenMs + SKEW_MS) + LIFETIME_MS - clock.now();
  if (whom === 'dead' && !(await staysSilent(deps, first, leftMs))) return undefined;
  const epoch = journal.state.actOf(id)!.state.epoch + 1;
  await journal.write({ act: { ...journal.state.actOf(id)!.state, epoch, life } });
  const { state, claimedAt } = journal.state.actOf(id)!;
  if (state.life !== life) return undefined;
  // It learns of this at its next claim; what it has claimed already, it may be sending for as long as that lasts.
  const isNew = claimedAt !== first.claimedAt;
  const restMs = whom === 'dead' ? 0 : leftMs;
  if (state.pending !== undefined) await pause(clock, isNew ? LIFETIME_MS : restMs);
  return settle(deps, state);
}

/** Waits until its claim has run out, or it is renewed or given up. */
async function staysSilent({ journal, clock }: TakeOverDependencies, first: KnownAct, forMs: number): Promise<boolean> {
  for (let leftMs = forMs; leftMs > 0; leftMs -= LOOK_EVERY_MS) {
    await pause(clock, LOOK_EVERY_MS);
    await journal.caughtUp();
    const now = journal.state.actOf(first.state.id);
    if (now?.writtenMs !== first.writtenMs || now.claimedAt !== first.claimedAt) return false;
  }
  return true;
}

async function settle({ road, journal }: TakeOverDependencies, state: ActState): Promise<ActState> {
  const { id, source, positions, pending } = state;
  const found: PartitionRuns = pending === undefined ? new Map() : await written(road, state);
  const count = countOf(found);
  const counts = { ...state.counts, matched: state.counts.matched + count, done: state.counts.done + count };
  const settled = merge(positions, state.settled, found);
  const heir: ActState = { ...state, seq: state.seq + 1, counts, settled, pending: undefined };
  const mark = { act: id, seq: `${heir.epoch}.${heir.seq}`, source, as: 'replayed', offsets: found } as const;
  await journal.write(...(count > 0 ? [{ mark }] : []), { act: heir });
  return heir;
}

function pause(clock: Clock, ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resume) => clock.after(ms, resume));
}

/**
 * The pending offsets that the target has. Where it has lost its records since (retention), nobody can know any more, and they count as
 * written: never twice.
 */
async function written(road: Road, { id, source, target, pending }: ActState): Promise<PartitionRuns> {
  const { offsets, tail } = pending!;
  const lows = await (await road.admin()).offsets(target!);
  if (lows.some(({ partition, low }) => low > (tail.get(partition) ?? 0))) return offsets;
  const found: { partition: number; offset: number }[] = [];
  const seen = new Set<string>();
  await scan(road, { topic: target!, from: tail }, (record) => {
    const place = placeOf(record, id);
    if (place?.topic !== source || !hasOffset(offsets, place.partition, place.offset)) return;
    if (seen.size === seen.add(addressOf(place)).size) return; // a retry of it, on its own queue
    found.push(place);
  });
  return runsOf(found.sort((a, b) => a.partition - b.partition || a.offset - b.offset));
}

function placeOf({ headers }: IncomingRecord, id: string): ReturnType<typeof parseAddress> {
  if (headerText(headers, HEADER.replayId) !== id) return undefined;
  return parseAddress(headerText(headers, HEADER.replayOf) ?? '');
}

/** What lies below the position is known by the position. */
function merge(positions: Positions, ...all: readonly PartitionRuns[]): PartitionRuns {
  const places = all.flatMap((runs) => [...runs].flatMap(([partition, own]) => own.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => ({ partition, offset: from + i }))))); // prettier-ignore
  const kept = places.filter(({ partition, offset }) => offset >= (positions.get(partition) ?? 0));
  return runsOf(kept.sort((a, b) => a.partition - b.partition || a.offset - b.offset));
}
