import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { HEADER } from '@sunbeon/core/headers';
import type { Clock, IncomingRecord, Road, RoadProducer } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { Act, type ActFailure, type ActPlan, type ActProgress, countOnly } from './act.js';
import {
  checkOrder,
  headersOf,
  matchesOf,
  type Order,
  type Range,
  rangeOf,
  refuseMissing,
  sendOf,
} from './act-order.js';
import { DELIVERY_MS, takeOver, TRYING_MS } from './take-over.js';
import { type AuditEntry, type Audited, audited, readAudit } from './audit.js';
import { systemClock } from './clock.js';
import type { DeadLetterQueue } from './dlq.js';
import { type Change, type EditDependencies, type Edited, editRecord } from './edit.js';
import { Journal, JournalState, readJournal } from './journal.js';
import type { ActCounts, ActState } from './journal-entry.js';
import { Produce } from './produce.js';
import { replayRecord } from './replay.js';
import { operatorTopics } from './topology.js';

export interface OperatorOptions {
  readonly road: Road;
  /** Who acts: it stands on the audit topic. */
  readonly by: string;
  /** The deployment's, before every topic. */
  readonly prefix?: string;
  readonly clock?: Clock;
  readonly onProgress?: (progress: ActProgress) => void;
  /** A record that was refused for good. */
  readonly onFailure?: (failure: ActFailure) => void;
  /** It failed in the middle, as when the brokers are away: it can be gone on with. */
  readonly onInterrupted?: (act: Pick<ActProgress, 'id' | 'verb'>) => void;
  /** What a dead process was sending is waited for. */
  readonly onWait?: (act: string) => void;
}

/** How records are sent again. */
export type ReplayOptions = Pick<Order, 'filter' | 'addresses' | 'again' | 'all' | 'rate' | 'once'> & {
  /** Another topic, with its prefix. */
  readonly to?: string;
  /** Only counts. */
  readonly dryRun?: boolean;
};

export type DiscardOptions = Pick<Order, 'filter' | 'addresses'> & {
  readonly reason: string;
  readonly dryRun?: boolean;
};
export type RerunOptions = Omit<ReplayOptions, 'all'> & { readonly range?: Range };

/**
 * What operators do about messages, for CLI, console and API. Every act is on the audit topic before it begins and after it ended,
 * sends no record twice (unless told `again`), and can be gone on with when its process dies.
 */
export class Operator {
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #life = randomUUID();
  #opened: Promise<{ producer: RoadProducer; produce: Produce }> | undefined;

  constructor(private readonly options: OperatorOptions) {
    this.#prefix = options.prefix ?? '';
    this.#clock = options.clock ?? systemClock;
  }

  /** Sends buried records again. @throws SunbeonError of the send: then it can be gone on with */
  replay(queue: DeadLetterQueue, { to, dryRun, ...order }: ReplayOptions = {}): Promise<ActCounts> {
    return this.#begin({ verb: 'replay', source: queue.dlq, target: to ?? queue.again, ...order }, dryRun);
  }

  /** The original stays until its retention, and is hidden and not replayed from now on. */
  discard(queue: DeadLetterQueue, { dryRun, ...order }: DiscardOptions): Promise<ActCounts> {
    return this.#begin({ verb: 'discard', source: queue.dlq, target: null, ...order }, dryRun);
  }

  /** Sends records of the past again: each message once, whatever retries and replays of it lie there too. */
  rerun(topic: string, { to, dryRun, ...order }: RerunOptions = {}): Promise<ActCounts> {
    return this.#begin({ verb: 'rerun', source: topic, target: to ?? topic, ...order }, dryRun);
  }

  /** Sends a buried record again with another payload. @throws SunbeonError `PAYLOAD_INVALID`, `CONTRACT_UNKNOWN`, `OPTION_INVALID` */
  async edit(
    queue: DeadLetterQueue,
    record: IncomingRecord,
    {
      change,
      ...options
    }: EditDependencies & Omit<ReplayOptions, 'filter' | 'addresses'> & { readonly change: Change },
  ): Promise<Edited & { readonly counts: ActCounts }> {
    const { codec, contracts, toJson, to, dryRun, ...order } = options;
    const edited = await editRecord({ codec, contracts, toJson }, { record, queue: queue.queue }, change);
    const paths = edited.differences.map(({ path }) => path);
    const act: Order = { verb: 'edit', source: queue.dlq, target: to ?? queue.again, addresses: [{ partition: record.partition, offset: record.offset }], paths, ...order }; // prettier-ignore
    const counts = await this.#begin(act, dryRun, edited.record);
    return { ...edited, counts };
  }

  /**
   * Goes on with an act whose process died, where it was. A process that is still at it stops.
   * @throws SunbeonError `ACT_UNKNOWN`, `OPTION_INVALID` for an edit: it is one record, and can be done anew
   */
  async resume(id: string): Promise<ActCounts> {
    const source = (await readJournal(this.options.road, this.#prefix, new JournalState(undefined, id))).actOf(id)?.state.source; // prettier-ignore
    if (source === undefined) throw unknownAct(id);
    return this.#withJournal(new JournalState(source, id), async (journal) => {
      const { state } = journal.state.actOf(id)!;
      const order = state.plan as Order;
      if (state.ended) return state.counts;
      if (order.verb === 'edit') throw noResume(id);
      return this.#audited({ id, phase: 'resumed', order }, async () => {
        const heir = await this.#takeOver(journal, id, 'any');
        if (heir === undefined) throw unknownAct(id);
        return this.#run(journal, heir, this.#planOf(id, order));
      });
    });
  }

  /** Audits what somebody else does: an import, a purge. */
  async audited<T>(verb: string, what: Readonly<Record<string, unknown>>, work: () => Promise<Audited<T>>): Promise<T> {
    await this.#ensureTopics();
    const { produce } = await this.#open();
    const deps = { produce, clock: this.#clock, prefix: this.#prefix };
    return audited(deps, { act: randomUUIDv7(), verb, by: this.options.by, what }, work);
  }

  /** What operators have done, from the oldest on. */
  readAudit(sinceMs: number | undefined, onEntry: (entry: AuditEntry) => void): Promise<void> {
    return readAudit({ road: this.options.road, prefix: this.#prefix, sinceMs }, onEntry);
  }

  /** Lets go of the brokers; more calls do nothing. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await (await opened)?.producer.disconnect();
  }

  async #begin(order: Order, dryRun = false, edited?: IncomingRecord): Promise<ActCounts> {
    checkOrder(order);
    const id = randomUUIDv7();
    const state = await this.#firstState(id, order);
    const plan = this.#planOf(id, order, edited);
    await refuseMissing(this.options.road, order, state);
    if (dryRun) {
      const journal = await this.#known(order.source);
      return countOnly({ road: this.options.road, journal }, plan, state);
    }
    await this.#ensureTopics();
    return this.#audited({ id, phase: 'begun', order }, () =>
      // It remembers its own act: whoever has gone on with it meanwhile may have ended it.
      this.#withJournal(new JournalState(order.source, id), async (journal) => {
        await journal.forgetAnother(order.source);
        // What a dead act has left in doubt would be left alone otherwise.
        for (const one of journal.state.sending()) await this.#takeOver(journal, one.state.id, 'dead');
        return this.#run(journal, state, plan);
      }),
    );
  }

  async #known(source: string): Promise<JournalState> {
    const { road } = this.options;
    const state = await readJournal(road, this.#prefix, new JournalState(source));
    return state.isOfAnother(await (await road.admin()).offsets(source)) ? new JournalState(source) : state;
  }

  async #run(journal: Journal, state: ActState, plan: ActPlan): Promise<ActCounts> {
    const { road, onProgress, onFailure, onInterrupted } = this.options;
    const { produce } = await this.#open();
    const act = new Act({ road, clock: this.#clock, journal, produce, onProgress, onFailure }, plan, state);
    return act.run().catch((error: unknown) => {
      onInterrupted?.({ id: state.id, verb: state.verb });
      throw error;
    });
  }

  #takeOver(journal: Journal, id: string, whom: 'dead' | 'any'): Promise<ActState | undefined> {
    const { road, onWait } = this.options;
    if (journal.state.actOf(id)?.state.pending !== undefined) onWait?.(id);
    return takeOver({ road, journal, clock: this.#clock, life: this.#life }, id, whom);
  }

  #planOf(act: string, order: Order, edited?: IncomingRecord): ActPlan {
    const { again = false, all = false, rate } = order;
    const { by } = this.options;
    const mark = edited && { ...edited, headers: { ...edited.headers, [HEADER.editedBy]: by } };
    const send = sendOf(order, act);
    return {
      matches: matchesOf(order),
      headers: headersOf(order),
      as: order.verb === 'discard' ? 'discarded' : 'replayed',
      send: mark === undefined ? send : () => replayRecord(mark, { to: order.target!, act, once: order.once ?? false }),
      again,
      all,
      rate,
    };
  }

  async #firstState(id: string, order: Order): Promise<ActState> {
    const { positions, ends } = await rangeOf(this.options.road, order);
    const counts = { matched: 0, done: 0, skipped: 0, failed: 0 };
    const { verb, source, target } = order;
    const { by } = this.options;
    const fresh = { epoch: 1, life: this.#life, seq: 0, counts, settled: new Map(), pending: undefined, ended: false };
    return { id, verb, by, source, target, plan: order, positions, ends, ...fresh };
  }

  async #audited(
    { id, phase, order }: { id: string; phase: 'begun' | 'resumed'; order: Order },
    work: () => Promise<ActCounts>,
  ): Promise<ActCounts> {
    const { produce } = await this.#open();
    const { verb, ...what } = order;
    const head = { act: id, phase, verb, by: this.options.by, what };
    return audited({ produce, clock: this.#clock, prefix: this.#prefix }, head, async () => {
      const result = await work();
      return { result, counts: { ...result } };
    });
  }

  async #withJournal<T>(state: JournalState, work: (journal: Journal) => Promise<T>): Promise<T> {
    const { produce } = await this.#open();
    const { road } = this.options;
    const journal = await Journal.open({ road, produce, clock: this.#clock, prefix: this.#prefix }, state);
    try {
      return await work(journal);
    } finally {
      await journal.close();
    }
  }

  async #ensureTopics(): Promise<void> {
    await (await this.options.road.admin()).createTopics(operatorTopics(this.#prefix));
  }

  #open(): Promise<{ producer: RoadProducer; produce: Produce }> {
    return (this.#opened ??= this.options.road.producer({ tryingMs: TRYING_MS }).then((producer) => {
      return { producer, produce: new Produce(producer, { deliveryTimeoutMs: DELIVERY_MS }, this.#clock) };
    }));
  }
}

function unknownAct(id: string): SunbeonError {
  return new SunbeonError('ACT_UNKNOWN', `There is no act ${id} to go on with.`, {
    hint: 'List what was done with "sunbeon audit ls".',
    facts: { act: id },
  });
}

function noResume(id: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `Act ${id} is an edit.`, {
    hint: 'Edit the record again: if it was sent already, that is noticed.',
    facts: { act: id },
  });
}
