import type { Clock } from '@sunbeon/core/ports';
import type { Events } from '@sunbeon/core/events';
import type { QueueSlots } from '@sunbeon/core/slots';
import { type Failure, SunbeonError, toFailure } from '@sunbeon/core';
import type { Alone, Stay } from './alone.js';
import type { Work } from './attempt.js';
import { RUNS } from './deliveries.js';
import { factsOf } from './facts.js';
import type { GroupMember } from './group-member.js';
import type { Owned } from './partitions.js';
import { pause } from './writer.js';

export interface GuardDependencies {
  readonly group: string;
  readonly member: GroupMember;
  readonly slots: QueueSlots;
  /** Of the process. */
  readonly alone: Alone;
  readonly clock: Clock;
  readonly events: Events;
}

/** So long others wait while a suspect runs; twice as long for each delivery that it has more than makes a suspect. */
const ALONE_MS = 5_000;
/** So long a suspect waits for what runs already; doubled likewise. */
const PATIENCE_MS = 10_000;
const LONGEST_MS = 600_000;
/** Before a burial: a process that ends within it, though the condemned does not run, ends for another reason. */
const PROBATION_MS = 20_000;
const CONFIRM_MS = 100;

/** Runs the work, which has a slot; resolves when it is settled. */
export type Begin = (work: Work) => Promise<void>;

/**
 * Begins what must not begin as it comes: after a commit that marks it, with nothing beside it, or by burying it. So the next
 * owner knows what ran when this process should end. What waits here for a commit holds its slot, what waits to be alone does not.
 */
export class Guard {
  constructor(private readonly deps: GuardDependencies) {}

  /** @returns false when it has not begun, for its partition goes: it is unfinished, and left to the next owner */
  async admit(work: Work, begin: Begin): Promise<boolean> {
    switch (work.owned.deliveries.startOf(work.record.offset)) {
      case 'bury':
        return this.#bury(work, begin);
      case 'alone':
        return this.#alone(work, begin);
      default:
        return this.#marked(work, begin);
    }
  }

  async #marked(work: Work, begin: Begin): Promise<boolean> {
    const { slots, alone } = this.deps;
    slots.took(work.contract);
    const begins = alone.idles();
    const may = (await this.#mark(work)) && (await this.#isOpen(work.owned));
    begins();
    if (may) await begin(work);
    else slots.end(work.contract);
    return may;
  }

  async #mark({ owned, record }: Work): Promise<boolean> {
    const { deliveries, leaving } = owned;
    while (!deliveries.hasRoom && !leaving.aborted) await either(deliveries.roomy(), leaving);
    deliveries.mark(record.offset, RUNS.beside);
    return this.deps.member.say(owned, leaving);
  }

  /** Nobody is alone, and the partition is surely ours. @returns false when it goes first */
  async #isOpen({ leaving }: Owned): Promise<boolean> {
    const { alone } = this.deps;
    while (await this.#isOurs(leaving)) {
      if (!alone.isHeld) return true;
      await either(alone.opened(), leaving);
    }
    return false;
  }

  async #isOurs(leaving: AbortSignal): Promise<boolean> {
    const { member, clock } = this.deps;
    while (!leaving.aborted && !member.mayBegin()) await pause(clock, CONFIRM_MS, leaving);
    return !leaving.aborted;
  }

  async #alone(work: Work, begin: Begin): Promise<boolean> {
    const { owned, record } = work;
    const { deliveries } = owned;
    const more = 2 ** deliveries.beyondSuspicion(record.offset);
    const facts = factsOf(work, this.deps.group);
    this.deps.events.emit('suspect.found', { ...facts, deliveries: deliveries.of(record.offset).deliveries });
    const stay = await this.deps.alone.enter(Math.min(PATIENCE_MS * more, LONGEST_MS), owned.leaving);
    if (stay === undefined) return false;
    try {
      return await this.#stay(work, { begin, stay, aloneMs: Math.min(ALONE_MS * more, LONGEST_MS) });
    } finally {
      stay.leave();
    }
  }

  async #stay(
    work: Work,
    on: { readonly begin: Begin; readonly stay: Stay; readonly aloneMs: number },
  ): Promise<boolean> {
    const { owned, record, contract } = work;
    const { deliveries, leaving } = owned;
    const { member, slots, clock, events, group } = this.deps;
    deliveries.mark(record.offset, on.stay.isAlone ? RUNS.alone : RUNS.beside);
    if (!(await member.say(owned, leaving)) || !(await this.#isOurs(leaving))) return false;
    if (!on.stay.isAlone) on.stay.leave();
    slots.took(contract);
    const ended = new AbortController();
    const running = on.begin(work).then(() => ended.abort());
    await pause(clock, on.aloneMs, ended.signal);
    // Also what has ended is marked until a commit says otherwise: it would be blamed for what the others do.
    deliveries.joined(record.offset);
    await member.say(owned);
    on.stay.leave();
    await running;
    if (!deliveries.has(record.offset)) events.emit('suspect.cleared', factsOf(work, group));
    return true;
  }

  /** A process that ends while nobody suspicious runs acquits whoever is condemned. So it is buried only if this one lives. */
  async #bury(work: Work, begin: Begin): Promise<boolean> {
    const { owned, record, contract } = work;
    const { alone, member, clock, slots, events, group } = this.deps;
    const { max } = owned.deliveries;
    const { deliveries } = owned.deliveries.of(record.offset);
    const afterMs = max === 1 ? 0 : PROBATION_MS;
    const ends = alone.watched();
    const isSaid = await member.say(owned, owned.leaving); // from here on the end of this process counts for it
    if (isSaid) events.emit('suspect.condemned', { ...factsOf(work, group), deliveries, afterMs });
    if (isSaid && afterMs > 0) await pause(clock, afterMs, owned.leaving);
    ends();
    if (!isSaid || !(await this.#isOurs(owned.leaving))) return false;
    slots.took(contract);
    await begin({ ...work, refused: exceeded(deliveries, max) });
    return true;
  }
}

function exceeded(deliveries: number, max: number): Failure {
  const times = deliveries === 1 ? 'Its process ended before it did.' : `${deliveries} processes that ran it ended before it did, the last one with nothing else running.`; // prettier-ignore
  const hint =
    'Look for what ends a process (memory, process.exit, a native module), mend it, then replay the message; isolate: "thread" bounds its memory.';
  const error = new SunbeonError('DELIVERIES_EXCEEDED', `${times} At most ${max} deliveries are made.`, { hint });
  const { code, name, message, retriable } = toFailure(error); // its stack would be ours
  return { code, name, message, retriable };
}

/** Resolves when the promise does, or when the signal aborts. */
function either(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    void promise.then(done);
  });
}
