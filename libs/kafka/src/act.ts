import type { Clock, IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { SunbeonError, toFailure } from '@sunbeon/core';
import { addressOf } from './address.js';
import { type Judgement, type Load, look, readLoads } from './act-read.js';
import { WINDOW_MS } from './take-over.js';
import type { Journal, JournalState } from './journal.js';
import type { ActCounts, ActState, ActVerb, MarkedAs, Positions } from './journal-entry.js';
import { hasOffset, type PartitionRuns, runsOf } from './offset-set.js';
import { Pace } from './pace.js';
import type { Produce } from './produce.js';

/** What is done, and to which records. */
export interface ActPlan {
  matches(record: IncomingRecord): boolean;
  /** Those that it looks at. */
  readonly headers: readonly string[];
  /** Undefined: nothing is sent, they are only marked. */
  readonly send: ((record: IncomingRecord) => OutgoingRecord) | undefined;
  readonly as: MarkedAs;
  /** Also what was sent again before. */
  readonly again: boolean;
  /** Also what was discarded. */
  readonly all: boolean;
  /** Records a second; undefined = as fast as it goes. */
  readonly rate: number | undefined;
}

/** A record that was refused for good. */
export interface ActFailure {
  readonly address: string;
  readonly code: string;
  readonly message: string;
}

export interface ActProgress {
  readonly id: string;
  readonly verb: ActVerb;
  readonly counts: ActCounts;
  /** Records of the source that were looked at, and that there are. */
  readonly seen: number;
  readonly total: number;
}

export interface ActDependencies {
  readonly road: Road;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly produce: Produce;
  readonly onProgress?: ((progress: ActProgress) => void) | undefined;
  readonly onFailure?: ((failure: ActFailure) => void) | undefined;
}

/** Claimed, sent and marked together. */
const LOAD = { maxRecords: 20_000, maxBytes: 64 * 1024 * 1024 };
/** Sent in one go: few enough to be acknowledged long before a claim runs out. */
const SLICE = 2_000;

/**
 * An act of an operator on the records of one topic. Before some are sent they are claimed on the journal, with where the target ends;
 * afterwards they are marked. A process that dies between leaves its claim, and its heir reads on the target what became of it
 * (take-over.ts). Of two processes that claim one record, the one that stands first on the journal sends it.
 */
export class Act {
  #state: ActState;
  #claimedMs = 0;
  /** By a timer too: a clock that is set back would make the claim look young. */
  #isClaimOld = false;
  #cancelAge: (() => void) | undefined;
  readonly #begin: number;
  readonly #judge: ReturnType<typeof judging>;

  constructor(
    private readonly deps: ActDependencies,
    private readonly plan: ActPlan,
    state: ActState,
  ) {
    this.#state = state;
    this.#begin = sum(state.positions);
    this.#judge = judging(plan, deps.journal.state);
  }

  get counts(): ActCounts {
    return this.#state.counts;
  }

  /** Goes on where the state is, to the end. @throws SunbeonError `ACT_TAKEN_OVER`, and of the send: then it can be gone on with */
  async run(): Promise<ActCounts> {
    try {
      return await this.#run();
    } finally {
      this.#cancelAge?.();
    }
  }

  async #run(): Promise<ActCounts> {
    const { source, positions: from, ends } = this.#state;
    const pace = new Pace(this.plan.rate, this.deps.clock);
    await readLoads(this.deps.road, {
      ...{ source, from, ends, ...LOAD, maxRecords: this.#window() },
      headers: this.plan.send === undefined ? this.plan.headers : undefined,
      judge: (record) => this.#judge(record, this.#state.settled),
      onLoad: (load) => this.#work(load, pace),
      onRead: (positions) => this.#tell(positions),
    });
    await this.#note({ ended: true });
    return this.#state.counts;
  }

  /** As many as are sent before a claim is renewed: what a dead act leaves in doubt is found on the target's last seconds. */
  #window(): number {
    const { rate } = this.plan;
    return rate === undefined ? LOAD.maxRecords : Math.min(LOAD.maxRecords, Math.ceil((rate * WINDOW_MS) / 1_000));
  }

  async #work(load: Load, pace: Pace): Promise<void> {
    const mine = await this.#claim(load.records);
    const { sent, failed } = this.plan.send === undefined ? { sent: mine, failed: 0 } : await this.#send(mine, pace);
    const { matched, done, skipped, failed: before } = this.#state.counts;
    const counts = {
      matched: matched + load.records.length + load.skipped,
      done: done + sent.length,
      skipped: skipped + load.skipped + load.records.length - mine.length,
      failed: before + failed,
    };
    await this.#note({ positions: load.next, counts, pending: undefined }, sent);
    this.#tell(load.next);
  }

  /** @returns those that nobody else is at, or has done meanwhile */
  async #claim(records: readonly IncomingRecord[]): Promise<readonly IncomingRecord[]> {
    const { journal, road } = this.deps;
    const { id, target, seq } = this.#state;
    if (this.plan.send === undefined || records.length === 0) return records;
    const ends = await (await road.admin()).offsets(target!);
    const tail = new Map(ends.map(({ partition, high }) => [partition, high]));
    await this.#note({ pending: { seq: seq + 1, offsets: runsOf(byOffset(records)), tail } });
    const { claimedAt } = journal.state.actOf(id)!;
    return records.filter(
      (record) =>
        this.#judge(record, this.#state.settled) === 'take' && !journal.state.isClaimed(id, claimedAt, record),
    );
  }

  async #send(
    records: readonly IncomingRecord[],
    pace: Pace,
  ): Promise<{ sent: readonly IncomingRecord[]; failed: number }> {
    const sent: IncomingRecord[] = [];
    for (let at = 0; at < records.length;) {
      const most = await pace.take(Math.min(SLICE, records.length - at));
      if (this.#isClaimOld || this.deps.clock.now() - this.#claimedMs >= WINDOW_MS) await this.#note({}); // renews the claim
      const slice = records.slice(at, (at += most));
      const outcomes = await Promise.allSettled(slice.map(async (one) => this.deps.produce.send([this.plan.send!(one)]))); // prettier-ignore
      sent.push(...slice.filter((record, i) => this.#isSent(record, outcomes[i]!)));
    }
    return { sent, failed: records.length - sent.length };
  }

  /** @throws what may help another time, or is in doubt: the claim stays, and whoever goes on finds out */
  #isSent(record: IncomingRecord, outcome: PromiseSettledResult<void>): boolean {
    if (outcome.status === 'fulfilled') return true;
    const error: unknown = outcome.reason;
    if (!(error instanceof SunbeonError) || error.retriable || error.facts['mayHaveHappened'] === true) throw error;
    const { code, message } = toFailure(error);
    this.deps.onFailure?.({ address: addressOf(record), code, message });
    return false;
  }

  /** Writes the state, and with it the mark of what was done. @throws SunbeonError `ACT_TAKEN_OVER` */
  async #note(changes: Partial<ActState>, done: readonly IncomingRecord[] = []): Promise<void> {
    const { id, source, epoch, life, seq } = this.#state;
    this.#state = { ...this.#state, ...changes, seq: seq + 1 };
    this.#claims();
    const mark = { act: id, seq: `${epoch}.${seq + 1}`, source, as: this.plan.as, offsets: runsOf(byOffset(done)) };
    await this.deps.journal.write(...(done.length > 0 ? [{ mark }] : []), { act: this.#state });
    const known = this.deps.journal.state.actOf(id);
    if (known !== undefined && known.state.life !== life) throw takenOver(id);
  }

  #claims(): void {
    const { clock } = this.deps;
    this.#cancelAge?.();
    this.#isClaimOld = false;
    this.#claimedMs = clock.now();
    this.#cancelAge = clock.after(WINDOW_MS, () => void (this.#isClaimOld = true));
  }

  #tell(positions: Positions): void {
    const { id, verb, counts, ends } = this.#state;
    this.deps.onProgress?.({ id, verb, counts, seen: sum(positions) - this.#begin, total: sum(ends) - this.#begin });
  }
}

/** What an act would come to; it does nothing. */
export async function countOnly(
  { road, journal }: { readonly road: Road; readonly journal: JournalState },
  plan: ActPlan,
  { source, positions: from, ends, settled }: ActState,
): Promise<ActCounts> {
  const judge = judging(plan, journal);
  let matched = 0;
  let skipped = 0;
  await look(road, { source, from, ends, headers: plan.headers }, (record) => {
    const judgement = judge(record, settled);
    if (judgement !== 'leave') matched++;
    if (judgement === 'skip') skipped++;
  });
  return { matched, done: 0, skipped, failed: 0 };
}

/** What an act does with a record, by what is known now. */
function judging(plan: ActPlan, journal: JournalState): (record: IncomingRecord, settled: PartitionRuns) => Judgement {
  return (record, settled) => {
    const { partition, offset } = record;
    if (hasOffset(settled, partition, offset) || !plan.matches(record)) return 'leave';
    const isDiscarded = journal.isMarked('discarded', partition, offset);
    if (plan.as === 'discarded') return isDiscarded ? 'skip' : 'take';
    if (isDiscarded && !plan.all) return 'leave';
    return journal.isMarked('replayed', partition, offset) && !plan.again ? 'skip' : 'take';
  };
}

function sum(positions: Positions): number {
  return [...positions.values()].reduce((all, one) => all + one, 0);
}

/** Partitions are read side by side: each of them in order. */
function byOffset(records: readonly IncomingRecord[]): readonly IncomingRecord[] {
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

function takenOver(id: string): SunbeonError {
  return new SunbeonError('ACT_TAKEN_OVER', `Act ${id} is gone on with in another process.`, {
    hint: 'Nothing was sent twice; see how far it is with "sunbeon audit ls".',
    facts: { act: id },
  });
}
