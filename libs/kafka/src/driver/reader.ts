import { randomUUID } from 'node:crypto';
import type { EachBatchPayload } from 'kafkajs';
import type { ReaderOptions, RoadReader } from '@sunbeon/core/ports';
import type { GroupHooks } from '../patches/group-hooks.js';
import { fixedAssigner } from './assigner.js';
import type { DriverContext } from './client.js';
import { mapped, topicMissing } from './errors.js';
import { type GroupInternals, isAtPosition, SameMember } from './internals.js';
import { startMember } from './member.js';
import { toLookedAt } from './records.js';
import { Supervisor } from './supervisor.js';
import { checkTopics } from './topics.js';

/**
 * Chosen partitions from chosen positions. kafkajs has no `assign`, so this is a group of one, under an id of its own, whose
 * assigner assigns just those and which commits nothing; every join puts it back to the positions kept here.
 */
export class KafkajsReader implements RoadReader {
  readonly #context: DriverContext;
  readonly #topic: string;
  /** The next offset to read, by partition. */
  readonly #positions: Map<number, number>;
  readonly #headers: ReadonlySet<string> | undefined;
  readonly #group: string;
  readonly #supervisor: Supervisor;
  readonly #same = new SameMember();
  /** The kafkajs client that reads now; one that was given up may still be ending. */
  #client: symbol | undefined;
  #internals: GroupInternals | undefined;
  #heardMs: number | undefined;
  #fetchedMs: number | undefined;
  #onRecords: Parameters<RoadReader['run']>[0] | undefined;
  /** What the receiver has not done yet: nothing more is handed over until then. */
  #held: Promise<void> | undefined;

  constructor(context: DriverContext, options: ReaderOptions) {
    this.#context = context;
    this.#topic = options.topic;
    this.#positions = new Map(options.from);
    this.#headers = options.headers === undefined ? undefined : new Set(options.headers);
    this.#group = `${context.clientId}.reader.${randomUUID()}`;
    const { clock, events, stallTimeoutMs } = context;
    const name = `reader ${options.topic}`;
    this.#supervisor = new Supervisor({
      name,
      clock,
      events,
      stallTimeoutMs,
      heardMs: () => this.#heardMs,
      begin: (died) => this.#begin(died),
    });
  }

  /**
   * Resolves when the positions are set: a record at or after them is read, whenever it was or will be written.
   * @throws SunbeonError `TOPIC_MISSING`, `BROKER_UNREACHABLE`
   */
  async run(onRecords: Parameters<RoadReader['run']>[0]): Promise<void> {
    this.#onRecords = onRecords;
    await this.#supervisor.start().catch((error: unknown) => {
      throw mapped(error, {
        what: `Reading "${this.#topic}"`,
        otherwise: 'BROKER_UNREACHABLE',
        facts: { topic: this.#topic },
      });
    });
  }

  lastPollMs(): number | undefined {
    return this.#fetchedMs;
  }

  async disconnect(): Promise<void> {
    await this.#supervisor.stop();
  }

  async #begin(died: (error: unknown) => void) {
    await this.#check();
    const partitions = [...this.#positions.keys()].map((partition) => ({ topic: this.#topic, partition }));
    const client = Symbol(this.#group);
    this.#client = client;
    const hooks = this.#hooks(client);
    const life = await startMember(this.#context, {
      group: this.#group,
      topics: [this.#topic],
      assigner: () => fixedAssigner(partitions, hooks),
      onBatch: (payload) => this.#receive(payload, client),
      onHeard: () => void (this.#heardMs = this.#context.clock.now()),
      onFetched: () => void (this.#fetchedMs = this.#context.clock.now()),
      onCrash: (error) => {
        this.#internals = undefined;
        died(error);
      },
    });
    return { stop: () => life.stop(), abandon: () => void (this.#client = undefined) };
  }

  #hooks(client: symbol): GroupHooks {
    return {
      beforeJoin: (group) => {
        if (client !== this.#client) throw new Error('This client was given up for another one.');
        this.#internals = undefined;
        this.#same.beforeJoin(group);
      },
      afterJoin: (group) => {
        this.#same.afterJoin(group);
        if (client === this.#client) this.#position(group);
      },
    };
  }

  async #check(): Promise<void> {
    const counts = await checkTopics(this.#context, { topics: [this.#topic], what: 'Reading' });
    const count = counts.get(this.#topic)!;
    const beyond = [...this.#positions.keys()].find((partition) => partition >= count);
    if (beyond === undefined) return;
    const facts = { topic: this.#topic, partition: beyond, partitions: count };
    throw topicMissing(`Reading partition ${beyond} of "${this.#topic}", which has ${count}`, { facts });
  }

  #position(group: GroupInternals): void {
    this.#internals = group;
    for (const [partition, offset] of this.#positions)
      group.seek({ topic: this.#topic, partition, offset: String(offset) });
  }

  #receive(payload: EachBatchPayload, client: symbol): void | Promise<void> {
    const { batch, resolveOffset, isRunning, isStale } = payload;
    // The client before this one may have handed over what is still being worked on.
    if (this.#held !== undefined) return this.#hold(this.#held, payload).then(() => this.#receive(payload, client));
    if (
      client !== this.#client ||
      !isRunning() ||
      isStale() ||
      this.#internals === undefined ||
      !isAtPosition(this.#internals, batch)
    )
      return;
    const records = toLookedAt(batch, this.#headers);
    const held = this.#onRecords?.(records);
    // They are handed over, whatever becomes of this client while they are worked on.
    const last = records.at(-1)!.offset;
    resolveOffset(String(last));
    this.#positions.set(batch.partition, last + 1);
    if (held !== undefined) return this.#hold(held, payload);
  }

  /** Keeps the membership meanwhile: kafkajs does not while a batch is worked on, and a receiver may take minutes. */
  async #hold(held: Promise<void>, { heartbeat }: EachBatchPayload): Promise<void> {
    this.#held = held;
    const { clock, heartbeatMs } = this.#context;
    const beat = (): void => {
      heartbeat().catch(() => undefined); // whoever reads next hears of it, and joins again
      cancel = clock.after(heartbeatMs, beat);
    };
    let cancel = clock.after(heartbeatMs, beat);
    try {
      await held;
    } finally {
      cancel();
      if (this.#held === held) this.#held = undefined;
    }
  }
}
