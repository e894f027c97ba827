import type { OutgoingRecord, Road, RoadAdmin, RoadConsumer, RoadProducer, RoadReader } from '@sunbeon/core/ports';
import { Watcher } from './watcher.js';

/** A road to be put to the test. `prefix` is for topic and group names, so that runs on one cluster do not meet. */
export interface RoadUnderTest {
  readonly road: Road;
  readonly prefix?: string;
  /** Ends the membership of all members of a group, as the broker does after too long a silence. */
  expel(group: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What the scenarios share: names, clients that are closed at the end, and short words. */
export class Rig {
  readonly #open: { disconnect(): Promise<void> }[] = [];
  #names = 0;

  private constructor(
    readonly under: RoadUnderTest,
    readonly producer: RoadProducer,
    readonly admin: RoadAdmin,
  ) {}

  static async build(under: RoadUnderTest): Promise<Rig> {
    return new Rig(under, await under.road.producer(), await under.road.admin());
  }

  name(kind: string): string {
    return `${this.under.prefix ?? 'conformance'}.${kind}.${this.#names++}`;
  }

  async topic(partitions: number): Promise<string> {
    const topic = this.name('topic');
    await this.admin.createTopics([{ topic, partitions }]);
    return topic;
  }

  /** Sends texts, to one partition if it is given. */
  async say(topic: string, values: readonly string[], to: Partial<OutgoingRecord> = {}): Promise<void> {
    await this.producer.send(
      values.map((value) => ({ topic, key: null, value: Buffer.from(value), headers: {}, ...to })),
    );
  }

  async member(group: string, topic: string): Promise<{ consumer: RoadConsumer; seen: Watcher }> {
    const consumer = await this.under.road.consumer({ group, topics: [topic] });
    this.#open.push(consumer);
    const seen = new Watcher();
    await consumer.run(seen);
    return { consumer, seen };
  }

  async reader(
    topic: string,
    from: ReadonlyMap<number, number>,
    headers?: readonly string[],
  ): Promise<{ reader: RoadReader; seen: Watcher }> {
    const reader = await this.under.road.reader({ topic, from, headers });
    this.#open.push(reader);
    const seen = new Watcher();
    await reader.run((records) => seen.onRecords(records));
    return { reader, seen };
  }

  /** A reader whose receiver takes its time. */
  async heldReader(
    topic: string,
    from: ReadonlyMap<number, number>,
    onRecords: Parameters<RoadReader['run']>[0],
  ): Promise<RoadReader> {
    const reader = await this.under.road.reader({ topic, from });
    this.#open.push(reader);
    await reader.run(onRecords);
    return reader;
  }

  /** Everything in a topic, from the beginning, once `n` records are there. */
  async read(topic: string, n: number): Promise<Watcher> {
    const offsets = await this.admin.offsets(topic);
    const { reader, seen } = await this.reader(topic, new Map(offsets.map(({ partition, low }) => [partition, low])));
    await seen.count(n);
    await reader.disconnect();
    return seen;
  }

  /** Closes what the last scenario opened. */
  async tidy(): Promise<void> {
    for (const client of this.#open.splice(0)) await client.disconnect();
  }

  async dispose(): Promise<void> {
    await this.producer.disconnect();
    await this.admin.disconnect();
    await this.under.dispose();
  }
}
