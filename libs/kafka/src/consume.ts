import { type Lane, Lanes } from '@sunbeon/core/lanes';
import { type Open, opener } from '@sunbeon/core/open';
import type { ConsumerHealth, IncomingRecord, Lifecycle } from '@sunbeon/core/ports';
import type { QueueSlots } from '@sunbeon/core/slots';
import { toFailure } from '@sunbeon/core';
import { type Attempt, type Attempted, makeAttempts, type Work } from './attempt.js';
import type { ConsumeDependencies } from './consume-options.js';
import { GroupMember, type Room } from './group-member.js';
import { Guard } from './guard.js';
import { HeldLanes } from './held-lanes.js';
import { Holds } from './holds.js';
import { laneOf } from './lane-of.js';
import { type Route, sourcesOf } from './names.js';
import type { Owned } from './partitions.js';
import { Pressure } from './pressure.js';

/**
 * Verdicts on their way to the broker beyond which handlers wait for it: many requests' worth while it is there, and not much to
 * repeat when it is away and this process dies.
 */
const MAX_SETTLING = 1_000;

/** Stop 3, read: one member of one group. Records go into lanes, and begin when their lane is free and there is a slot. */
export class Consume implements Lifecycle, Room {
  readonly slots: QueueSlots;
  readonly #lanes = new Lanes<Work>();
  readonly #member: GroupMember;
  readonly #pressure: Pressure;
  readonly #attempt: Attempt;
  readonly #guard: Guard;
  readonly #holds: Holds;
  readonly #held: HeldLanes;
  readonly #mayRun = (contract: string): boolean => this.slots.mayRun(contract);
  readonly #open: Open;
  #overdue = 0;
  /** Works that have given back their slot, and whose verdict is being written; and their bytes. */
  #settling = 0;
  #settlingBytes = 0;

  constructor(
    private readonly route: Route,
    private readonly deps: ConsumeDependencies,
  ) {
    const { road, clock, events, options, bindings, contracts, alone } = deps;
    const { drainTimeoutMs, maxDeliveries } = options;
    const { group } = route;
    this.#member = new GroupMember(this, { road, clock, events, options, drainTimeoutMs, maxDeliveries, group, topics: sourcesOf(route) }); // prettier-ignore
    this.#pressure = new Pressure(this.#member.partitions, options);
    this.#attempt = makeAttempts(deps);
    this.#open = opener({ bindings, contracts, topic: route.topic });
    const limits = new Map([...bindings].map(([name, { policy }]) => [name, policy.concurrency]));
    this.slots = deps.slots.queue({ limit: deps.concurrency, contracts: limits, begin: () => this.#begin() });
    const isKept = [...bindings.values()].some(({ policy }) => policy.hold !== undefined);
    this.#holds = new Holds({ road, clock, events, route, isKept });
    this.#held = new HeldLanes(this.#lanes, this.#member, { clock, ask: () => this.slots.ask() });
    this.#guard = new Guard({ group, member: this.#member, slots: this.slots, alone, clock, events });
  }

  start(): Promise<void> {
    return this.#member.start();
  }

  /** Starts nothing new, waits for what runs (then aborts it), commits, leaves the group. */
  stop(): Promise<void> {
    return this.#member.stop();
  }

  health(): ConsumerHealth {
    const { lastPollMs, isMember, partitions } = this.#member;
    return {
      group: this.route.group,
      topics: sourcesOf(this.route),
      assigned: partitions.size,
      isMember,
      waiting: this.#lanes.waiting,
      running: this.#lanes.running,
      overdue: this.#overdue,
      slots: this.slots.limit,
      pollAgeMs: lastPollMs === undefined ? undefined : this.deps.clock.now() - lastPollMs,
      ...(this.deps.gate.paused && { paused: this.deps.gate.paused }),
    };
  }

  assigned(added: readonly Owned[]): void {
    this.#holds.assigned(added, (owned, early) => {
      if (early.length > 0) this.onRecords(owned, early);
      if (this.#pressure.mayGoOn(owned)) this.#member.resume([owned]);
      this.slots.ask();
    });
  }

  onRecords(owned: Owned, records: readonly IncomingRecord[]): void {
    if (!this.#holds.mayOpen(owned, records)) return this.#member.pause([owned]);
    for (const record of records) {
      const opened = this.#open(record);
      if (opened.kind === 'foreign') {
        this.#finish(owned, record.offset);
        continue;
      }
      const contract = opened.kind === 'message' ? opened.envelope.type : '';
      this.#pressure.add(owned, record);
      this.#held.place(this.#holds.asNoted({ record, opened, owned, contract, lane: laneOf({ record, opened }) }));
    }
    if (this.#pressure.isTooMuch(owned)) this.#member.pause([owned]);
  }

  forget(going: readonly Owned[]): void {
    const gone = new Set(going);
    this.#lanes.forget(({ owned, record }) => {
      if (gone.has(owned)) this.#pressure.remove(owned, record);
      return gone.has(owned);
    });
    for (const owned of going) this.#pressure.forget(owned);
    this.#holds.forget(going);
  }

  next(): void {
    this.#member.resume(this.#pressure.relieved());
    this.slots.ask();
  }

  /** Called when there is a slot. @returns false when no lane is free that may run */
  #begin(): boolean {
    const taken = this.#member.mayBegin() && this.deps.gate.mayBegin(this.#lanes) && this.#lanes.take(this.#mayRun);
    if (!taken) return false;
    const work = this.#holds.asJudged(taken.item);
    const { owned, record, contract } = work;
    owned.began();
    this.deps.gate.began(work);
    if (owned.deliveries.isFree(record.offset)) {
      this.slots.took(contract);
      void this.#work(taken.lane, work);
    } else void this.#guarded(taken.lane, work);
    this.#pressure.remove(owned, record);
    this.#member.resume(this.#pressure.relieved(owned));
    return true;
  }

  /** Law 4 holds here too: its lane is taken while it waits to begin. */
  async #guarded(lane: Lane<Work>, work: Work): Promise<void> {
    if (await this.#guard.admit(work, (admitted) => this.#work(lane, admitted))) return;
    this.deps.gate.ended(work);
    this.#lanes.done(lane);
    work.owned.ended();
    this.slots.ask();
  }

  async #work(lane: Lane<Work>, work: Work): Promise<void> {
    const { owned, record, contract } = work;
    let [hasSlot, held] = [true, 0];
    // Slots are for handlers: while the broker takes a verdict, the next handler runs. The lane stays taken until it has.
    const judged = (bytes: number): void => {
      // As many bytes again as may wait: records that have begun are not counted there any more.
      if (this.#settling >= MAX_SETTLING || this.#settlingBytes + bytes > this.deps.options.maxWaitingBytes) return;
      this.#settling++;
      this.#settlingBytes += held = bytes;
      hasSlot = false;
      this.slots.end(contract);
    };
    const attempted = await this.#attempt(work, judged).catch((error: unknown) => this.#failed(error));
    if (attempted.condemns !== undefined) this.#holds.condemn(work, attempted.condemns);
    if (attempted.isSettled) this.#finish(owned, record.offset);
    if (attempted.ended !== undefined) await this.#overdueUntil(attempted.ended);
    this.deps.gate.ended(work);
    if (attempted.held === undefined) this.#lanes.done(lane);
    else if (this.#held.hold(lane, attempted.held)) this.#pressure.add(owned, record);
    owned.ended();
    if (hasSlot) this.slots.end(contract);
    else this.#settled(held);
  }

  #settled(bytes: number): void {
    this.#settling--;
    this.#settlingBytes -= bytes;
    this.slots.ask(); // its lane is free again
  }

  /** An attempt never rejects; if it does, that is our fault: the offset stays, nothing is lost, and people are told. */
  #failed(error: unknown): Attempted {
    this.deps.events.emit('client.failed', { client: this.route.group, error: toFailure(error), restarting: false });
    return { isSettled: false, ended: undefined };
  }

  /** Law 4: settled and committed, but its handler runs on; until it ends nothing else of its lane may run. */
  async #overdueUntil(ended: Promise<void>): Promise<void> {
    this.#overdue++;
    await ended;
    this.#overdue--;
  }

  #finish(owned: Owned, offset: number): void {
    this.#member.finish(owned, offset);
    if (owned.lost || !owned.gauge.finished()) return;
    if (owned.gauge.isFull) this.#member.pause([owned]);
    else if (this.#pressure.mayGoOn(owned)) this.#member.resume([owned]);
  }
}
