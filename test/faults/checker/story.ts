import type { CommitState, Line, LineOf, Place, Plan, Stamp, Subject } from './history.js';

/** A partition in one process, from one assignment to the next. Who has it later has the right to it. */
export interface Ownership {
  readonly pid: number;
  /** When it was assigned; -Infinity when nobody has noted it. */
  readonly since: number;
}

/** One call of a handler. */
export interface Run extends Subject, Place {
  readonly pid: number;
  readonly attempt: number;
  readonly owner: Ownership;
  readonly start: number;
  /** The same by the wall clock. */
  readonly at: number;
  effect: number | undefined;
  /** When the handler was over; undefined = never, as far as the history says. */
  end: number | undefined;
}

/** A message with all that happened to it. */
export interface Told extends Subject {
  readonly sent: number;
  /** When the sender first heard that it was written. */
  acked: number | undefined;
  refusals: number;
  readonly runs: Run[];
  readonly verdicts: LineOf<'verdict'>[];
  readonly doubted: LineOf<'doubted'>[];
  readonly written: LineOf<'written'>[];
  readonly plan: Plan | undefined;
  readonly buried: LineOf<'buried'>[];
  readonly noted: LineOf<'noted'>[];
}

export interface Commit extends Place {
  readonly group: string;
  readonly pid: number;
  readonly asked: Stamp;
  /** When its answer came; undefined = it never came. */
  answered: number | undefined;
  /** The last record that this process had begun on the partition: it tells which incarnation of the topic it means. */
  readonly last: Run | undefined;
  state: CommitState;
}

/** A history, put together. Everything is in the order of time. */
export class Story {
  readonly messages = new Map<string, Told>();
  readonly runs: Run[] = [];
  readonly commits: Commit[] = [];
  readonly memory: LineOf<'memory'>[] = [];
  readonly written: LineOf<'written'>[] = [];
  readonly deaths = new Map<number, LineOf<'died'>>();
  readonly freezes: { readonly pid: number; readonly from: number; to: number }[] = [];
  readonly gone: LineOf<'topic-gone'>[] = [];
  readonly begin: number;
  readonly end: number;
  readonly #open = new Map<string, Run>();
  readonly #asked = new Map<string, Commit>();
  readonly #owners = new Map<string, Ownership>();
  readonly #last = new Map<string, Run>();

  constructor(lines: readonly Line[]) {
    const sorted = [...lines].sort((a, b) => a.t - b.t);
    this.begin = sorted[0]?.t ?? 0;
    this.end = sorted.at(-1)?.t ?? 0;
    for (const line of sorted) this.#tell(line);
  }

  /** Acknowledged messages, without those that went with their topic. */
  expected(): Told[] {
    const goneAt = Math.max(-Infinity, ...this.gone.map(({ t }) => t));
    return [...this.messages.values()].filter(
      (told) => told.acked !== undefined && told.acked > goneAt && !this.#wentWith(told, goneAt),
    );
  }

  /** Its sender heard of its acknowledgement when the topic was gone already; on the one that was made again it does not lie. */
  #wentWith({ sent, written }: Told, goneAt: number): boolean {
    return sent < goneAt && written.length === 0 && this.written.length > 0;
  }

  /** When a run was over: its end, or the death of its process; Infinity when it goes on. */
  over(run: Run): number {
    return run.end ?? this.deaths.get(run.pid)?.t ?? Infinity;
  }

  /** Whether a process stood still at some time between. */
  wasFrozen(pid: number, from: number, to: number): boolean {
    return this.freezes.some((freeze) => freeze.pid === pid && freeze.from <= to && freeze.to >= from);
  }

  /**
   * How often a record's topic was deleted before: offsets of different incarnations are not the same place. Told by when its message
   * was acknowledged, for what was read before a deletion may well be run after it; or by when it was run, if its sender heard of the
   * acknowledgement later.
   */
  incarnationOf(run: Run): number {
    const told = this.messages.get(run.id);
    return this.incarnationAt(run.topic, Math.min(told?.acked ?? told?.sent ?? run.start, run.start));
  }

  incarnationAt(topic: string, t: number): number {
    return this.gone.filter((line) => line.topic === topic && line.t < t).length;
  }

  #tell(line: Line): void {
    switch (line.kind) {
      case 'sent':
        if (!this.messages.has(line.id)) this.messages.set(line.id, tale(line));
        return;
      case 'acked':
        this.messages.get(line.id)!.acked ??= line.t;
        return;
      case 'refused':
        this.messages.get(line.id)!.refusals++;
        return;
      case 'start':
      case 'effect':
      case 'end':
        return this.#run(line);
      case 'assigned':
        this.#owners.set(ownerKey(line), { pid: line.pid, since: line.t });
        return;
      case 'reread':
        this.#last.delete(ownerKey(line)); // what it commits from now on is of the topic that is there now
        return;
      case 'commit':
        return this.#commit(line);
      case 'doubted':
        this.messages.get(line.id)?.doubted.push(line);
        return;
      case 'verdict':
        this.messages.get(line.id)?.verdicts.push(line);
        return;
      case 'buried':
        this.messages.get(line.id)?.buried.push(line);
        return;
      case 'noted':
        this.messages.get(line.id)?.noted.push(line);
        return;
      case 'written':
        this.written.push(line);
        this.messages.get(line.id)?.written.push(line);
        return;
      case 'died':
        this.deaths.set(line.who, line);
        return;
      case 'frozen':
        this.freezes.push({ pid: line.who, from: line.t, to: Infinity });
        return;
      case 'thawed':
        for (const freeze of this.freezes) if (freeze.pid === line.who) freeze.to = Math.min(freeze.to, line.t);
        return;
      case 'memory':
        this.memory.push(line);
        return;
      case 'topic-gone':
        this.gone.push(line);
        return;
      case 'settled':
      case 'revoked':
      case 'lost':
      case 'said':
        return;
    }
  }

  #run(line: LineOf<'start' | 'effect' | 'end'>): void {
    const name = `${line.pid}/${line.run}`;
    if (line.kind !== 'start') {
      const run = this.#open.get(name);
      if (run !== undefined) run[line.kind] = line.t;
      return;
    }
    const { id, key, n, topic, partition, offset, pid, attempt } = line;
    const owner = this.#owners.get(ownerKey(line)) ?? { pid, since: -Infinity };
    const run: Run = { id, key, n, topic, partition, offset, pid, attempt, owner, start: line.t, at: line.at, effect: undefined, end: undefined }; // prettier-ignore
    this.#open.set(name, run);
    this.#last.set(ownerKey(line), run);
    this.runs.push(run);
    this.messages.get(id)?.runs.push(run);
  }

  #commit(line: LineOf<'commit'>): void {
    const { pid, group, topic, partition, offset, state, call } = line;
    const name = `${pid}/${call}/${topic}/${partition}`;
    if (state === 'asked') {
      const commit: Commit = {
        pid,
        group,
        topic,
        partition,
        offset,
        state,
        asked: line,
        answered: undefined,
        last: this.#last.get(ownerKey(line)),
      };
      this.#asked.set(name, commit);
      this.commits.push(commit);
      return;
    }
    const commit = this.#asked.get(name)!;
    commit.state = state;
    commit.answered = line.t;
  }
}

function tale({ id, key, n, t, plan }: LineOf<'sent'>): Told {
  const found = { runs: [], verdicts: [], doubted: [], written: [], buried: [], noted: [] };
  return { id, key, n, plan, sent: t, acked: undefined, refusals: 0, ...found };
}

const ownerKey = ({ pid, topic, partition }: Stamp & Omit<Place, 'offset'>): string => `${pid}/${topic}/${partition}`;
