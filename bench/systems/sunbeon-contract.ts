import { defineTask } from '@sunbeon/core';
import type { Transport } from '@sunbeon/core/ports';
import { kafkaRoad, kafkaTransport, type TransportOptions } from '@sunbeon/kafka';
import { jsonCodec } from '@sunbeon/schema';
import type { Place } from './system.ts';

export type NoopContract = ReturnType<typeof noopContract>;

/**
 * A task as an application declares it. Plain comparisons are without result records, for the others keep none either.
 * @param delaysMs the waits before its retries
 */
export function noopContract({ results, order }: Place, delaysMs: readonly number[] = []) {
  return defineTask({
    name: 'noop',
    queue: 'noop',
    input: {
      type: 'record',
      name: 'Noop',
      fields: [
        { name: 'n', type: 'int' },
        { name: 'key', type: ['null', 'string'], default: null },
        { name: 'pad', type: ['null', 'string'], default: null },
      ],
    },
    output: 'int',
    key: ({ key }) => key ?? undefined,
    order,
    recordOutcomes: results,
    retry: { delaysMs },
  });
}

/** What is not said is at its default. */
export function transportOf(
  place: Place,
  contract: NoopContract,
  consume: TransportOptions['consume'] = {},
): Transport {
  return kafkaTransport({
    // A killed member is given up after six seconds instead of thirty: the least that Kafka allows, for `restart`.
    road: kafkaRoad({ brokers: [place.address], clientId: 'bench', sessionTimeoutMs: 6_000, heartbeatMs: 1_500 }),
    codec: jsonCodec(),
    contracts: [contract],
    source: 'bench',
    prefix: `${place.name}.`,
    partitions: place.partitions,
    consume: { concurrency: place.atOnce, ...consume },
  });
}
