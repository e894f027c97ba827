// A road that notes who had which partition when, every commit, and each message that has come to its end.
import { headerText, HEADER } from '@sunbeon/core/headers';
import { isFinal } from '@sunbeon/core/result-status';
import { RESULTS_TOPIC } from '@sunbeon/kafka';

/** Each attempt of which something was to be said. */
const attemptsIn = (records) =>
  Map.groupBy(
    records.filter(({ topic }) => topic === RESULTS_TOPIC || topic.endsWith('.dlq')),
    ({ headers }) => `${headerText(headers, HEADER.id)}/${headerText(headers, HEADER.attempt) ?? 1}`,
  );

const watchProducer = (producer, note) => ({
  async send(records) {
    try {
      await producer.send(records);
    } catch (error) {
      if (error.facts?.mayHaveHappened === false) throw error;
      for (const [{ headers }] of attemptsIn(records).values())
        note({
          kind: 'doubted',
          id: headerText(headers, HEADER.id),
          attempt: Number(headerText(headers, HEADER.attempt) ?? 1),
        });
      throw error;
    }
    for (const { topic, headers } of records) {
      const isEnd = topic === RESULTS_TOPIC && isFinal(headerText(headers, HEADER.status) ?? '');
      if (isEnd) note({ kind: 'settled', id: headerText(headers, HEADER.id) });
    }
  },
  disconnect: () => producer.disconnect(),
});

/** @param {import('@sunbeon/core/ports').Road} road @param {(fact: object) => void} note */
export function watchedRoad(road, note) {
  let calls = 0;
  const watch = (consumer, group) => ({
    run: (receiver) => consumer.run(watchReceiver(receiver, group)),
    pause: (partitions) => consumer.pause(partitions),
    resume: (partitions) => consumer.resume(partitions),
    lastPollMs: () => consumer.lastPollMs(),
    isMember: () => consumer.isMember(),
    isConfirmed: () => consumer.isConfirmed(),
    disconnect: () => consumer.disconnect(),
    async commit(offsets) {
      const call = calls++;
      const say = (state) => {
        for (const { topic, partition, offset } of offsets) note({ kind: 'commit', group, call, state, topic, partition, offset }); // prettier-ignore
      };
      say('asked');
      try {
        await consumer.commit(offsets);
      } catch (error) {
        say('failed');
        throw error;
      }
      say('taken');
    },
  });
  const watchReceiver = (receiver, group) => {
    const say = (kind, partitions) => {
      for (const { topic, partition } of partitions) note({ kind, group, topic, partition });
    };
    const next = new Map();
    return {
      onAssigned(partitions) {
        say('assigned', partitions);
        receiver.onAssigned(partitions);
      },
      onRevoked(partitions) {
        say('revoked', partitions);
        return receiver.onRevoked(partitions);
      },
      onLost(partitions) {
        say('lost', partitions);
        receiver.onLost(partitions);
      },
      onRecords(records) {
        for (const { topic, partition, offset } of records) {
          const name = `${topic}/${partition}`;
          if (offset < (next.get(name) ?? 0)) note({ kind: 'reread', topic, partition, offset });
          next.set(name, offset + 1);
        }
        return receiver.onRecords(records);
      },
    };
  };
  return {
    producer: async () => watchProducer(await road.producer(), note),
    reader: (options) => road.reader(options),
    admin: () => road.admin(),
    consumer: async (options) => watch(await road.consumer(options), options.group),
  };
}
