import type { Ledger } from '@sunbeon/core/ledger';

/** How a record runs: not now, beside others, or with nothing else beside it in its process. */
export const RUNS = { not: 0, beside: 1, alone: 2 } as const;
export type Runs = (typeof RUNS)[keyof typeof RUNS];

/** What is known of an unfinished record. */
export interface Known {
  /** How often a process began it, or may have, and ended uncleanly before it did. */
  readonly deliveries: number;
  /** Of these, how often nothing else ran in that process. */
  readonly alone: number;
  readonly runs: Runs;
}

/** What a commit says of a partition besides what is finished: for whoever has it next. */
export interface DeliveryState {
  /** No record from here on was begun without a mark. Undefined: the partition was let go, nothing of it runs. */
  readonly reach: number | undefined;
  /** Unfinished records below may have been running when an owner ended uncleanly. Undefined: there are none. */
  readonly careful: number | undefined;
  /** Unclean ends since it is careful, but for those at which a record ran alone. */
  readonly ends: number;
  /** By offset. Those with `runs` are marked. */
  readonly known: ReadonlyMap<number, Known>;
}

/** How a record may begin: at once; after a commit that marks it; after one, with nothing beside it; not at all. */
export type Start = 'free' | 'marked' | 'alone' | 'bury';

/**
 * Offsets that may begin beyond the highest one read, so that commits are ahead of the work: a fetch or two of small records. What comes
 * beyond waits for a commit, a hundred at a time; with 1,000 a queue of no-ops lost 5 % of its throughput so. After an unclean end as many
 * are begun with care.
 */
const LEAST_SLACK = 10_000;

/** Deliveries alone that doubts may cost. */
const MOST_DOUBTS = 2;

/**
 * So many of one partition are known at most: while that many are, nothing more of it is begun with a mark. More than run at once
 * in most processes, and few enough to fit into a commit, however far apart they are.
 */
export const MAX_KNOWN = 256;

/**
 * What the next owner knows, of what the last one has said. One that let go cleanly leaves what it knew. If it did not, whatever
 * was marked has one delivery more, and whatever could have been running without a mark has one at least.
 */
export function takenOver(left: DeliveryState): DeliveryState {
  const isUnclean = left.reach !== undefined;
  const known = new Map<number, Known>();
  for (const [offset, { deliveries, alone, runs }] of left.known) {
    const more = isUnclean && runs !== RUNS.not ? 1 : 0;
    const now: Known = { deliveries: deliveries + more, alone: alone + (runs === RUNS.alone ? more : 0), runs: RUNS.not }; // prettier-ignore
    if (now.deliveries > 0) known.set(offset, now);
  }
  if (!isUnclean) return { ...left, known };
  const isExplained = [...left.known.values()].some(({ runs }) => runs === RUNS.alone);
  const careful = Math.max(left.careful ?? 0, left.reach);
  return { reach: undefined, careful, ends: left.ends + (isExplained ? 0 : 1), known };
}

/**
 * Out of deliveries. One that ran beside others may be innocent: only what ended its process alone is out of them. And whoever saw
 * processes end that it did not run in, needs that much more proof, up to a bound: something else ends them, but that may be a
 * second one of its kind in another partition.
 */
function isOut({ deliveries, alone }: Known, max: number, ends: number): boolean {
  const others = Math.min(Math.max(0, ends - (deliveries - alone)), MOST_DOUBTS);
  return deliveries >= max && (max === 1 || alone >= max - suspectFrom(max) + others);
}

/** The first delivery says nothing of which record it was, the second is one of those marked: from then on they run alone. */
function suspectFrom(max: number): number {
  return Math.min(2, max - 1);
}

/**
 * How often the records of one partition were delivered, while it is owned: which may begin as they come, and which only after a
 * commit has said so. Pure bookkeeping; {@link state} is what a commit says, {@link isSaid} that it was acknowledged.
 */
export class Deliveries {
  /** Rises with all that a commit has to say. */
  version = 1;
  /** The version that was acknowledged. */
  said = 0;
  readonly #known: Map<number, Known>;
  #careful: number;
  #ends: number;
  /** Acknowledged: what is below may begin without a mark. */
  #free: number;
  #highest = -1;
  #isClosed = false;
  #roomy: PromiseWithResolvers<void> | undefined;

  /** @param max deliveries after which a record is buried; 0 = nobody counts */
  constructor(
    private readonly ledger: Ledger,
    readonly max: number,
    left?: DeliveryState,
  ) {
    const taken = left === undefined || max === 0 ? undefined : takenOver(left);
    this.#known = new Map(taken?.known);
    this.#careful = taken?.careful ?? 0;
    this.#ends = taken?.ends ?? 0;
    this.#free = max === 0 ? Infinity : 0;
  }

  /** Whether what begins is marked before: an owner ended uncleanly, and what it may have been running is not all finished. */
  get isCareful(): boolean {
    if (this.max === 0) return false;
    if (this.max === 1 || (this.ledger.committable ?? 0) < this.#careful) return true;
    return [...this.#known.values()].some(({ deliveries }) => deliveries > 0);
  }

  /** The topic ended here when the partition was taken over: what is behind it cannot have been running before. */
  endedAt(high: number): void {
    this.#careful = Math.min(this.#careful, high);
  }

  /** Whether it may begin as it comes: asked for each record. */
  isFree(offset: number): boolean {
    return offset < this.#free;
  }

  startOf(offset: number): Start {
    if (this.isFree(offset)) return 'free';
    const known = this.of(offset);
    if (isOut(known, this.max, this.#ends)) return 'bury';
    return this.max > 1 && known.deliveries >= suspectFrom(this.max) ? 'alone' : 'marked';
  }

  /** What is known of it: without a mark of its own, that it may have been running when an owner ended. */
  of(offset: number): Known {
    const mayHaveRun = this.max > 1 && offset < this.#careful;
    return this.#known.get(offset) ?? { deliveries: mayHaveRun ? 1 : 0, alone: 0, runs: RUNS.not };
  }

  /** How many deliveries it is beyond those that make a suspect. */
  beyondSuspicion(offset: number): number {
    return Math.max(0, this.of(offset).deliveries - suspectFrom(this.max));
  }

  /** Whether anything but its place is known of it: not once it is settled. */
  has(offset: number): boolean {
    return this.#known.has(offset);
  }

  get hasRoom(): boolean {
    return this.#known.size < MAX_KNOWN;
  }

  /** Resolves when there may be room again. */
  roomy(): Promise<void> {
    return (this.#roomy ??= Promise.withResolvers()).promise;
  }

  /** It is about to begin. It may when the next commit has said so. */
  mark(offset: number, runs: Runs): void {
    this.version++;
    if (this.isCareful) this.#known.set(offset, { ...this.of(offset), runs });
  }

  /** Others are about to begin beside it, if it still runs. */
  joined(offset: number): void {
    this.version++;
    const known = this.#known.get(offset);
    if (known !== undefined) this.#known.set(offset, { ...known, runs: RUNS.beside });
  }

  /** It is settled, and nobody's suspect any more. */
  finished(offset: number): void {
    if (this.#known.size === 0 || !this.#known.delete(offset)) return;
    this.version++;
    this.#makesRoom();
  }

  /** The partition is let go cleanly: what still runs was left behind, and nobody shall count it. */
  close(): void {
    this.#isClosed = true;
    this.version++;
  }

  /** What a commit says now; undefined = nothing. */
  state(): DeliveryState | undefined {
    if (this.max === 0) return undefined;
    const committable = this.ledger.committable ?? 0;
    const isCareful = this.isCareful;
    // Also those that the topic no longer has. Once nobody is suspected, what runs is below the reach, and that is all there is to say.
    for (const offset of this.#known.keys()) if (offset < committable || !isCareful) this.#known.delete(offset);
    this.#makesRoom();
    if (!isCareful) this.#ends = 0;
    const left = { careful: committable < this.#careful ? this.#careful : undefined, ends: this.#ends };
    if (this.#isClosed) return { ...left, reach: undefined, known: quiet(this.#known) };
    return { ...left, reach: isCareful ? committable : this.#reach(), known: new Map(this.#known) };
  }

  /** A commit of this state was acknowledged. */
  isSaid(state: DeliveryState | undefined, version: number): void {
    this.said = Math.max(this.said, version);
    if (state?.reach !== undefined) this.#free = state.reach;
  }

  #makesRoom(): void {
    if (!this.hasRoom) return;
    this.#roomy?.resolve();
    this.#roomy = undefined;
  }

  /** Ahead of what was read by as much again as came since the last commit: the busier, the further. */
  #reach(): number {
    const { highest } = this.ledger;
    const slack = Math.max(LEAST_SLACK, 2 * (highest - this.#highest));
    this.#highest = highest;
    return highest + 1 + slack;
  }
}

function quiet(known: ReadonlyMap<number, Known>): Map<number, Known> {
  const left = [...known].filter(([, { deliveries }]) => deliveries > 0);
  return new Map(left.map(([offset, one]) => [offset, { ...one, runs: RUNS.not }]));
}
