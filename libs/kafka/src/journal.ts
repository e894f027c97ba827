import type { Clock, IncomingRecord, PartitionOffsets, Road } from '@sunbeon/core/ports';
import type { DispositionOf } from './dlq.js';
import { Follow } from './follow.js';
import { type ActState, entryRecord, type JournalEntry, type MarkedAs, readEntry } from './journal-entry.js';
import { REPLAYS_TOPIC } from './names.js';
import { hasOffset, OffsetSet } from './offset-set.js';
import type { Produce } from './produce.js';
import { scan } from './scan.js';

/** An act that has not ended, as the journal knows it. */
export interface KnownAct {
  readonly state: ActState;
  /** Where on the journal it claimed the records that it is sending; -1 = it is sending none. */
  readonly claimedAt: number;
  /** When that, or anything of it, was last written, in milliseconds since the epoch of its clock. */
  readonly writtenMs: number;
}

/** What the journal says about the records of one topic. Its memory is two bits a record, and the acts that have not ended. */
export class JournalState {
  readonly #marked = { replayed: new Map<number, OffsetSet>(), discarded: new Map<number, OffsetSet>() };
  readonly #acts = new Map<string, KnownAct>();
  /** Where the partitions of the source ended, as far as anybody has said. */
  readonly #ends = new Map<number, number>();

  /** @param act is remembered also when it has ended, and whatever its source is */
  constructor(
    private readonly source: string | undefined,
    private readonly act?: string,
  ) {}

  apply(record: IncomingRecord): void {
    const entry = readEntry(record);
    if (entry === undefined) return;
    if ('act' in entry) this.#applyAct(entry.act, record);
    else if ('reset' in entry) this.#applyReset(entry.reset.source);
    else if (entry.mark.source === this.source)
      for (const [partition, runs] of entry.mark.offsets) this.#setOf(entry.mark.as, partition).add(runs);
  }

  /**
   * Offsets never go down while a topic lives: where it ends before an earlier end of its own, it was deleted and made again, and what is
   * known is not about its records. One that has outgrown the old one meanwhile is not found out.
   */
  isOfAnother(offsets: readonly PartitionOffsets[]): boolean {
    return offsets.some(({ partition, high }) => high < (this.#ends.get(partition) ?? 0));
  }

  isMarked(as: MarkedAs, partition: number, offset: number): boolean {
    return this.#marked[as].get(partition)?.has(offset) ?? false;
  }

  actOf(id: string): KnownAct | undefined {
    return this.#acts.get(id);
  }

  /** Those on this source that have said that they are sending some records, and not yet that these are sent. */
  sending(): KnownAct[] {
    return [...this.#acts.values()].filter(({ state, claimedAt }) => state.source === this.source && claimedAt >= 0);
  }

  /** Whether another act has claimed it before that moment of the journal. */
  isClaimed(by: string, before: number, { partition, offset }: { partition: number; offset: number }): boolean {
    return this.sending().some(
      ({ state, claimedAt }) =>
        state.id !== by && claimedAt < before && hasOffset(state.pending?.offsets, partition, offset),
    );
  }

  #applyReset(source: string): void {
    if (source !== this.source) return;
    for (const state of [this.#ends, this.#marked.replayed, this.#marked.discarded]) state.clear();
    for (const [id, { state }] of this.#acts) if (state.source === source) this.#acts.delete(id);
  }

  #applyAct(said: ActState, { offset, timestampMs: writtenMs }: IncomingRecord): void {
    if (said.source === this.source)
      for (const [partition, end] of said.ends)
        this.#ends.set(partition, Math.max(end, this.#ends.get(partition) ?? 0));
    const known = this.#acts.get(said.id);
    if (known !== undefined && isOutdated(said, known.state)) return;
    if (said.id !== this.act && (said.ended || said.source !== this.source)) return void this.#acts.delete(said.id);
    const state = merged(said, known?.state);
    this.#acts.set(said.id, { state, claimedAt: claimOf(state, known) ?? offset, writtenMs });
  }

  #setOf(as: MarkedAs, partition: number): OffsetSet {
    const set = this.#marked[as].get(partition) ?? new OffsetSet();
    this.#marked[as].set(partition, set);
    return set;
  }
}

/**
 * Said by a process that has been taken over; or by the second of two that took over at the same time, which says no more than that:
 * the first one stands before it on the journal, or, when that has been compacted, has said more.
 */
function isOutdated(said: ActState, known: ActState): boolean {
  if (said.epoch !== known.epoch) return said.epoch < known.epoch;
  return said.life !== known.life && said.seq <= known.seq;
}

/** Who takes over may have missed the last words of the one before: those count, and only the epoch is new. */
function merged(said: ActState, known: ActState | undefined): ActState {
  return known !== undefined && known.seq > said.seq ? { ...known, epoch: said.epoch, life: said.life } : said;
}

/** A claim that is written anew, because sending takes long, is as old as it was. */
function claimOf({ pending }: ActState, known: KnownAct | undefined): number | undefined {
  if (pending === undefined) return -1;
  return known?.state.pending?.seq === pending.seq ? known.claimedAt : undefined;
}

export interface JournalDependencies {
  readonly road: Road;
  readonly produce: Produce;
  readonly clock: Clock;
  /** The deployment's, before the journal's name. */
  readonly prefix: string;
}

/** Followers that become leaders know within this time what was committed. */
const NEW_LEADER_MS = 5_000;

/** The journal of replays, followed and written: one process of several that act at the same time. */
export class Journal {
  readonly #topic: string;
  readonly #follow: Follow;

  private constructor(
    private readonly deps: JournalDependencies,
    readonly state: JournalState,
  ) {
    this.#topic = deps.prefix + REPLAYS_TOPIC;
    this.#follow = new Follow(deps.road, this.#topic, (record) => state.apply(record));
  }

  /** Resolves when all that was written before is known. @throws SunbeonError `TOPIC_MISSING`, `BROKER_UNREACHABLE` */
  static async open(deps: JournalDependencies, state: JournalState): Promise<Journal> {
    const journal = new Journal(deps, state);
    const [first] = await (await deps.road.admin()).offsets(journal.#topic);
    await journal.#follow.start(new Map([[0, first!.low]]));
    await journal.caughtUp();
    return journal;
  }

  /** What was said of an earlier topic of that name is forgotten. A new leader may be behind for a moment: so it is asked twice. */
  async forgetAnother(source: string): Promise<void> {
    const { road, clock } = this.deps;
    const admin = await road.admin();
    if (!this.state.isOfAnother(await admin.offsets(source))) return;
    await new Promise<void>((resume) => clock.after(NEW_LEADER_MS, resume));
    if (this.state.isOfAnother(await admin.offsets(source))) await this.write({ reset: { source } });
  }

  /** Resolves when they are written, and all that stands before them is known. */
  async write(...entries: readonly JournalEntry[]): Promise<void> {
    await this.deps.produce.send(entries.map((entry) => entryRecord(this.#topic, entry)));
    await this.caughtUp();
  }

  caughtUp(): Promise<void> {
    return this.#follow.caughtUp();
  }

  close(): Promise<void> {
    return this.#follow.stop();
  }
}

/** The journal as it is now, for who only looks; empty where nobody has acted yet. */
export async function readJournal(road: Road, prefix: string, state: JournalState): Promise<JournalState> {
  const topic = prefix + REPLAYS_TOPIC;
  const topics = await (await road.admin()).listTopics();
  if (topics.has(topic)) await scan(road, { topic, partitions: [0] }, (record) => state.apply(record));
  return state;
}

/**
 * What operators have done with the records of a DLQ (or any topic) so far. Bounded: two bits a record.
 * @param dlq with its prefix
 * @param prefix of the deployment whose journal it is
 */
export async function dispositions(road: Road, dlq: string, prefix = ''): Promise<DispositionOf> {
  const state = await readJournal(road, prefix, new JournalState(dlq));
  if (state.isOfAnother(await (await road.admin()).offsets(dlq))) return () => 'open';
  return (partition, offset) => {
    if (state.isMarked('discarded', partition, offset)) return 'discarded';
    return state.isMarked('replayed', partition, offset) ? 'replayed' : 'open';
  };
}
