import type { Failure } from './errors.js';

/** What was done about it: the verdict in a person's words, or what became of a queue. */
export type AlertDone = 'paused' | 'bury' | 'retry' | 'ignore' | 'resumed';

/** The gravest first: what stands on top of a message, and what a group is said to be when its members differ. */
const GRAVITY: readonly AlertDone[] = ['paused', 'bury', 'retry', 'ignore', 'resumed'];

/** One thing of which people shall hear. */
export interface Occurrence {
  /** Which ones are the same, see `fingerprint`; `''` = of several kinds. */
  readonly fingerprint: string;
  /** The contract's name; `''` for what cannot be read, and for a queue. */
  readonly contract: string;
  readonly queue: string;
  readonly group: string;
  /** Without stack: it goes to chats and mailboxes. The message has 500 characters at most, code and name 200. */
  readonly error: Pick<Failure, 'code' | 'name' | 'message'>;
  readonly done: AlertDone;
  /** How many attempts the example has had. */
  readonly attempts: number;
  /** One to look at: its id, and where its record lies, `topic/partition/offset`. Both `''` for a queue. */
  readonly example: { readonly id: string; readonly address: string };
}

/** What people are told of one kind: everything since they were last told of it. `error`, `done` and `example` are of the gravest. */
export interface Alert extends Occurrence {
  /** How many since the last message about this kind. */
  readonly count: number;
  /** With those of earlier messages, as long as the kind is remembered. */
  readonly total: number;
  /** 1; of a digest ("37 more kinds") the number of kinds that it stands for, at least. */
  readonly kinds: number;
  /** Of those counted in `count`, in milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** How much people are told. */
export interface AlertLimits {
  /** Between two messages about one kind, in milliseconds. */
  readonly intervalMs: number;
  /** Messages in any hour, digests included. */
  readonly maxPerHour: number;
  /** Kinds that are told apart; beyond it they are counted as "others". */
  readonly maxGroups: number;
}

/** Alerts in one message; the last of them stands for all the rest. */
export const MAX_ALERTS = 10;
const HOUR_MS = 3_600_000;
const [MAX_MESSAGE, MAX_NAME] = [500, 200];
/** Where kinds are counted that found no room. */
const OTHERS = '';

interface Group {
  readonly fingerprint: string;
  sample: Occurrence;
  count: number;
  total: number;
  firstMs: number;
  lastMs: number;
  /** When people were last told of it. */
  toldMs: number | undefined;
}

/**
 * The bookkeeping of one channel: what has happened, grouped by kind, and what of it is to be told when. The first of a kind at once,
 * then one message per `intervalMs` with their number; never more than `maxPerHour` messages, and the last one that an hour allows
 * is kept back for `intervalMs`, so that it is a digest of what came meanwhile. What may not be told yet is counted, not forgotten.
 *
 * Pure: no clock and no timer; `nowMs` is in milliseconds since the epoch. A clock that is set back delays nothing.
 */
export class AlertGroups {
  /** Those told longest ago come first among those with nothing new. */
  readonly #groups = new Map<string, Group>();
  /** Kinds that found no room since the last digest: as many are told apart as groups are. */
  readonly #others = new Set<string>();
  /** The messages of the last hour. */
  #sentMs: number[] = [];

  constructor(private readonly limits: AlertLimits) {}

  /** How many occurrences nobody has been told of yet. */
  get pending(): number {
    return this.#fresh().reduce((sum, { count }) => sum + count, 0);
  }

  add(occurrence: Occurrence, nowMs: number): void {
    const group = this.#groups.get(occurrence.fingerprint) ?? this.#open(occurrence);
    if (group.count === 0 || isGraver(occurrence, group.sample)) group.sample = brief(occurrence);
    if (group.count === 0) group.firstMs = nowMs;
    group.lastMs = nowMs;
    group.count++;
    group.total++;
  }

  /** What is to be told now: one message of {@link MAX_ALERTS} alerts at most, the gravest first; `[]` = nothing yet. */
  take(nowMs: number): readonly Alert[] {
    if (this.#roomMs(nowMs) > nowMs) return [];
    return this.#tell(this.#fresh().filter((group) => this.#dueMs(group, nowMs) <= nowMs), nowMs); // prettier-ignore
  }

  /** At an end: everything, whatever the interval says, if the hour allows one more message. */
  flush(nowMs: number): readonly Alert[] {
    return this.#sentSince(nowMs).length < this.limits.maxPerHour ? this.#tell(this.#fresh(), nowMs) : [];
  }

  /** When {@link take} will have something, in milliseconds since the epoch; undefined = when something happens. */
  nextMs(nowMs: number): number | undefined {
    const fresh = this.#fresh();
    if (fresh.length === 0) return undefined;
    const dueMs = fresh.reduce((first, group) => Math.min(first, this.#dueMs(group, nowMs)), Infinity);
    return Math.max(dueMs, this.#roomMs(nowMs));
  }

  #fresh(): Group[] {
    return [...this.#groups.values()].filter(({ count }) => count > 0);
  }

  #dueMs({ toldMs }: Group, nowMs: number): number {
    return toldMs === undefined || toldMs > nowMs ? nowMs : toldMs + this.limits.intervalMs;
  }

  #sentSince(nowMs: number): number[] {
    return this.#sentMs.filter((sentMs) => sentMs <= nowMs && sentMs > nowMs - HOUR_MS);
  }

  /** When the hour allows a message. */
  #roomMs(nowMs: number): number {
    const { maxPerHour, intervalMs } = this.limits;
    const sent = this.#sentSince(nowMs);
    if (sent.length < maxPerHour - 1 || sent.length === 0) return nowMs;
    const firstIsOverMs = sent[0]! + HOUR_MS;
    return sent.length >= maxPerHour ? firstIsOverMs : Math.min(firstIsOverMs, sent.at(-1)! + intervalMs);
  }

  #tell(groups: Group[], nowMs: number): readonly Alert[] {
    if (groups.length === 0) return [];
    groups.sort((a, b) => gravityOf(a.sample) - gravityOf(b.sample) || a.firstMs - b.firstMs);
    const single = groups.length > MAX_ALERTS ? MAX_ALERTS - 1 : groups.length;
    const alerts = groups.slice(0, single).map((group) => this.#alert([group]));
    if (single < groups.length) alerts.push(this.#alert(groups.slice(single)));
    for (const group of groups) this.#told(group, nowMs);
    this.#sentMs = [...this.#sentSince(nowMs), nowMs];
    return alerts;
  }

  #alert(groups: readonly Group[]): Alert {
    const sum = (of: (group: Group) => number): number => groups.reduce((total, group) => total + of(group), 0);
    return Object.freeze({
      ...groups[0]!.sample,
      fingerprint: groups.length === 1 ? groups[0]!.fingerprint : OTHERS,
      count: sum(({ count }) => count),
      total: sum(({ total }) => total),
      kinds: sum(({ fingerprint }) => (fingerprint === OTHERS ? this.#others.size : 1)),
      firstMs: Math.min(...groups.map(({ firstMs }) => firstMs)),
      lastMs: Math.max(...groups.map(({ lastMs }) => lastMs)),
    });
  }

  /** To the end of the order: of those with nothing new, the one told longest ago is the first to be forgotten. */
  #told(group: Group, nowMs: number): void {
    group.count = 0;
    group.toldMs = nowMs;
    this.#groups.delete(group.fingerprint);
    this.#groups.set(group.fingerprint, group);
    if (group.fingerprint === OTHERS) this.#others.clear();
  }

  /** What nobody has been told of is not forgotten to make room. */
  #open(occurrence: Occurrence): Group {
    const { fingerprint } = occurrence;
    const isFull = this.#groups.size - (this.#groups.has(OTHERS) ? 1 : 0) >= this.limits.maxGroups;
    if (!isFull || this.#forgetOne()) return this.#put(fingerprint, occurrence);
    if (this.#others.size < this.limits.maxGroups) this.#others.add(fingerprint);
    return this.#groups.get(OTHERS) ?? this.#put(OTHERS, occurrence);
  }

  #forgetOne(): boolean {
    for (const { fingerprint, count } of this.#groups.values())
      if (count === 0 && fingerprint !== OTHERS) return this.#groups.delete(fingerprint);
    return false;
  }

  #put(fingerprint: string, sample: Occurrence): Group {
    const group = { fingerprint, sample, count: 0, total: 0, firstMs: 0, lastMs: 0, toldMs: undefined };
    this.#groups.set(fingerprint, group);
    return group;
  }
}

function gravityOf({ done }: Occurrence): number {
  return GRAVITY.indexOf(done);
}

/** Of the gravest the latest is kept: it is the one that is still there to look at. */
function isGraver(one: Occurrence, than: Occurrence): boolean {
  return gravityOf(one) <= gravityOf(than);
}

/** Bounded: a group holds its sample for as long as it lives, and the message may be megabytes. */
function brief(occurrence: Occurrence): Occurrence {
  const { contract, example } = occurrence;
  const { code, name, message } = occurrence.error;
  const error = { code: code.slice(0, MAX_NAME), name: name.slice(0, MAX_NAME), message: message.slice(0, MAX_MESSAGE) }; // prettier-ignore
  return { ...occurrence, contract: contract.slice(0, MAX_NAME), error, example: { ...example, id: example.id.slice(0, MAX_NAME) } }; // prettier-ignore
}
