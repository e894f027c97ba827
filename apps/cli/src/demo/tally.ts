import { topicOf } from '@sunbeon/core';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { placeId } from '@sunbeon/core/ids';
import type { IncomingRecord, RoadReader, TaskResult } from '@sunbeon/core/ports';
import { isFinal } from '@sunbeon/core/result-status';
import { fromResultRecord, RESULTS_TOPIC } from '@sunbeon/kafka';
import type { DemoOptions } from './demo.js';

/**
 * Counts from the log itself, from the moment it is opened: which messages stand on the topics, and which final outcomes stand
 * on the results topic. Both by id, so that a message that is delivered twice is counted once.
 */
export class Tally {
  /** Ids on the topic of each task or event@group. */
  readonly sent = new Map<string, Set<string>>();
  readonly outcomes = new Map<string, Map<string, TaskResult>>();
  readonly #readers: RoadReader[] = [];
  /** Position behind the last record seen, by topic and partition. */
  readonly #seen = new Map<string, Map<number, number>>();

  private constructor(private readonly cluster: DemoOptions['cluster']) {}

  static async open(cluster: DemoOptions['cluster']): Promise<Tally> {
    const { prefix } = cluster;
    const tally = new Tally(cluster);
    const rows = await cluster.admin.topology();
    for (const row of rows) {
      const contract = row.contracts[0]!;
      const labels =
        row.kind === 'task' ? [contract] : row.groups.map((group) => `${contract}@${group.slice(prefix.length)}`);
      for (const label of labels) tally.#register(label);
      await tally.#follow(row.topic, (record) => {
        for (const label of labels) tally.sent.get(label)!.add(idOf(record));
      });
    }
    await tally.#follow(prefix + RESULTS_TOPIC, (record) => void tally.#note(record));
    return tally;
  }

  /** Whether all messages have outcomes, with every topic read to its end: what was sent by handlers counts too. */
  async isSettled(expected: ReadonlyMap<string, number>): Promise<boolean> {
    if (this.missing(expected).length > 0) return false;
    const admin = await this.cluster.road.admin();
    for (const topic of new Set(this.cluster.contracts.map((contract) => this.cluster.prefix + topicOf(contract)))) {
      for (const { partition, high } of await admin.offsets(topic)) {
        if ((this.#seen.get(topic)?.get(partition) ?? 0) < high) return false;
      }
    }
    return this.missing(expected).length === 0;
  }

  /** One sentence for each task or event@group that does not add up. */
  missing(expected: ReadonlyMap<string, number>): string[] {
    const problems: string[] = [];
    for (const [label, ids] of this.sent) {
      const outcomes = this.outcomes.get(label)!;
      const open = [...ids].filter((id) => !outcomes.has(id));
      const least = expected.get(label) ?? 0;
      if (ids.size < least) problems.push(`${label}: ${ids.size} messages on the topic, ${least} were sent`);
      if (open.length > 0)
        problems.push(`${label}: no outcome for ${open.length} of ${ids.size}, for example ${open[0]}`);
    }
    return problems;
  }

  progress(): string {
    const parts = [...this.sent].map(([label, ids]) => `${label} ${this.#settledOf(label, ids)}/${ids.size}`);
    return parts.join(', ');
  }

  /** Outcomes of the messages of this run; the results topic may also carry those of an earlier one. */
  outcomesOf(label: string): TaskResult[] {
    return [...this.sent.get(label)!].flatMap((id) => this.outcomes.get(label)!.get(id) ?? []);
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.disconnect()));
  }

  #settledOf(label: string, ids: ReadonlySet<string>): number {
    return [...ids].filter((id) => this.outcomes.get(label)!.has(id)).length;
  }

  #register(label: string): void {
    this.sent.set(label, new Set());
    this.outcomes.set(label, new Map());
  }

  async #follow(topic: string, onRecord: (record: IncomingRecord) => void): Promise<void> {
    const offsets = await (await this.cluster.road.admin()).offsets(topic);
    const seen = new Map(offsets.map(({ partition, high }) => [partition, high]));
    this.#seen.set(topic, seen);
    const reader = await this.cluster.road.reader({ topic, from: new Map(seen) });
    this.#readers.push(reader);
    await reader.run((records) => {
      for (const record of records) {
        seen.set(record.partition, record.offset + 1);
        onRecord(record);
      }
    });
  }

  async #note(record: IncomingRecord): Promise<void> {
    const result = await fromResultRecord(record, () => Promise.resolve(null));
    if (result !== undefined && isFinal(result.status)) this.outcomes.get(result.contract)?.set(result.id, result);
  }
}

/** The id by which the consumer knows a record: its own, or, where it has none, the one derived from its place. */
function idOf(record: IncomingRecord): string {
  return headerText(record.headers, HEADER.id) || placeId(record);
}
