import type { ICustomPartitioner, PartitionerArgs } from 'kafkajs';

/** Records without key that go to one partition in a row: enough for a good batch, few enough that a big send is spread. */
const RUN = 100;

/**
 * Where records without key go: one call stays with one partition for a run of records, and each call begins with the next
 * one, so that batches are large and no partition is left out.
 */
export class Spread {
  readonly #turns = new Map<string, number>();

  /** For one call: gives a record's turn by topic. */
  call(): (topic: string) => number {
    const seen = new Map<string, number>();
    return (topic) => {
      const count = seen.get(topic) ?? 0;
      if (count % RUN === 0) this.#turns.set(topic, (this.#turns.get(topic) ?? Math.floor(Math.random() * 1_024)) + 1);
      seen.set(topic, count + 1);
      return this.#turns.get(topic)!;
    };
  }
}

/**
 * Murmur2 of the key, as Java clients do; a record without key goes where its `spread` says. The choice is kept on the message:
 * kafkajs asks again with every try of a send, and a record that the broker may have in one partition must not go to another.
 * The first one's sequence numbers would be given to other records, which the broker would take for a repetition and not write.
 */
export function spreadingPartitioner(byKey: ICustomPartitioner): ICustomPartitioner {
  return () => {
    const choose = byKey();
    return (args: PartitionerArgs) => (args.message.partition ??= chosen(args, choose));
  };
}

function chosen(args: PartitionerArgs, choose: (args: PartitionerArgs) => number): number {
  const { spread } = args.message as { spread?: number };
  if (spread === undefined) return choose(args);
  const led = args.partitionMetadata.filter(({ leader }) => leader >= 0);
  const partitions = led.length > 0 ? led : args.partitionMetadata;
  return partitions[spread % partitions.length]!.partitionId;
}
