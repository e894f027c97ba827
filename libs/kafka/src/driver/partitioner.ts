import type { ICustomPartitioner, Message, PartitionerArgs } from 'kafkajs';
import { partitionOfKey } from '../murmur2.js';
import type { SendCount } from '../wire/write-batch.js';

/** Records without key that go to one partition in a row: enough for a good batch, few enough that a big send is spread. */
const RUN = 100;

/** A message of kafkajs with what the driver notes on it. */
export type RoutedMessage = Omit<Message, 'partition'> & {
  partition: number | undefined;
  /** The turn of a record without key. */
  readonly spread: number | undefined;
  readonly sent: SendCount;
};

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
export const spreadingPartitioner: ICustomPartitioner = () => (args) => (args.message.partition ??= chosen(args));

function chosen({ message, partitionMetadata }: PartitionerArgs): number {
  const { key, spread = 0 } = message as Partial<RoutedMessage>;
  if (key !== null && key !== undefined) return partitionOfKey(key, partitionMetadata.length);
  const led = partitionMetadata.filter(({ leader }) => leader >= 0);
  const partitions = led.length > 0 ? led : partitionMetadata;
  return partitions[spread % partitions.length]!.partitionId;
}

type Groups = Record<number, Message[]>;
type Step = (groups: Groups, message: Message) => Groups;

/**
 * Messages that kafkajs's `groupMessagesPerPartition` groups in linear time. It is a `reduce` that copies a partition's messages
 * for each one more (9 % of a send of 1,000 records); this `reduce` calls its step once per message, which asks the
 * partitioner, and takes the partition from where that noted it.
 */
export function groupedInOnePass(messages: Message[]): Message[] {
  return Object.assign(messages, {
    reduce(step: Step, groups: Groups): Groups {
      for (const message of messages) {
        if (message.partition === undefined) step({}, message);
        (groups[message.partition!] ??= []).push(message);
      }
      return groups;
    },
  });
}
