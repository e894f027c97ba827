/** Offsets in a row: `from` is the first of them, `to` the first after them. */
export interface OffsetRun {
  readonly from: number;
  readonly to: number;
}

/** Where an earlier owner of the partition left off. */
export interface LeftOff {
  /** The committed offset: all below it is finished. */
  readonly offset: number;
  /** What is finished above it: in rising order, none touching the next. */
  readonly finished: readonly OffsetRun[];
}

/** What a record is that has come: to be run, come before, or finished by an earlier owner of the partition. */
export type Noted = 'new' | 'again' | 'finished';

interface Open {
  readonly offset: number;
  before: Open | undefined;
  after: Open | undefined;
}

/**
 * Which offsets of one partition are finished, and how far it is safe to commit. Offsets are noted in rising order, may have
 * gaps (compaction, control records) and finish in any order. Only the open ones are held: whatever was noted and is not open
 * is finished, and what lies in a gap will never come. So one slow record costs the same however much is finished above it.
 */
export class Ledger {
  /** Noted and not finished. */
  readonly #open = new Map<number, Open>();
  #first: Open | undefined;
  #last: Open | undefined;
  #highest = -1;
  #lowest: number | undefined;
  readonly #start: number | undefined;
  /** Finished by an earlier owner, and not read yet from `#unread` on. */
  readonly #earlier: readonly OffsetRun[];
  #unread = 0;

  constructor(leftOff?: LeftOff) {
    this.#start = leftOff?.offset;
    this.#earlier = leftOff?.finished ?? [];
  }

  /** Offsets that are noted and not finished: what the ledger holds in memory. */
  get open(): number {
    return this.#open.size;
  }

  /** The next offset to read for who takes over: all below it is finished. Undefined: nothing is known. */
  get committable(): number | undefined {
    if (this.#first !== undefined) return this.#first.offset;
    return this.#highest < (this.#start ?? 0) ? this.#start : this.#highest + 1;
  }

  /** The last offset that was noted; -1 before the first one. */
  get highest(): number {
    return this.#highest;
  }

  /** The first offset that was noted. */
  get lowest(): number | undefined {
    return this.#lowest;
  }

  note(offset: number): Noted {
    if (offset <= this.#highest) return 'again';
    this.#lowest ??= offset;
    this.#highest = offset;
    if (offset < (this.#start ?? 0) || this.#isFinishedEarlier(offset)) return 'finished';
    const open: Open = { offset, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = open;
    else this.#last.after = open;
    this.#last = open;
    this.#open.set(offset, open);
    return 'new';
  }

  /** The verdict on this offset is acknowledged. An offset that is not noted, or finished already, changes nothing. */
  finish(offset: number): void {
    const open = this.#open.get(offset);
    if (open === undefined) return;
    this.#open.delete(offset);
    if (open.before === undefined) this.#first = open.after;
    else open.before.after = open.after;
    if (open.after === undefined) this.#last = open.before;
    else open.after.before = open.before;
  }

  /** What is finished above {@link committable}, in rising order; gaps between finished offsets count as finished. */
  finishedAbove(): OffsetRun[] {
    const runs: OffsetRun[] = [];
    for (let open = this.#first; open !== undefined; open = open.after) {
      const to = open.after?.offset ?? this.#highest + 1;
      if (to > open.offset + 1) runs.push({ from: open.offset + 1, to });
    }
    for (const run of this.#earlier.slice(this.#unread)) join(runs, Math.max(run.from, this.#highest + 1), run.to);
    return runs;
  }

  #isFinishedEarlier(offset: number): boolean {
    while (this.#unread < this.#earlier.length && this.#earlier[this.#unread]!.to <= offset) this.#unread++;
    const run = this.#earlier[this.#unread];
    return run !== undefined && run.from <= offset;
  }
}

function join(runs: OffsetRun[], from: number, to: number): void {
  if (from >= to) return;
  const last = runs.at(-1);
  if (last?.to === from) runs[runs.length - 1] = { from: last.from, to };
  else runs.push({ from, to });
}
