import { expect, it } from '@jest/globals';
import type { RoadProducer } from '@sunbeon/core/ports';
import { kafkaRoad } from '@sunbeon/kafka';
import { testCluster, until } from '@sunbeon/testing';
import { Journal, Worker } from '../fixtures/worker.js';

const PARTITIONS = 6;

/** Sends to all partitions until it is ended. @returns how many each partition has got */
function load(producer: RoadProducer, topic: string): () => Promise<number> {
  const state = { on: true, sent: 0 };
  const records = Array.from({ length: PARTITIONS * 20 }, (_, i) => ({ topic, partition: i % PARTITIONS, key: null, value: Buffer.from('x'), headers: {} })); // prettier-ignore
  const loading = (async () => {
    for (; state.on; state.sent += 20) await producer.send(records);
  })();
  return async () => {
    state.on = false;
    await loading;
    return state.sent;
  };
}

function shared(...workers: Worker[]): Promise<unknown> {
  const even = PARTITIONS / workers.length;
  return until(() => workers.every(({ size }) => size === even), { what: `${even} partitions each` });
}

async function comeAndGo(join: () => Promise<Worker>): Promise<Worker[]> {
  const one = await join();
  await shared(one);
  const two = await join();
  await shared(one, two);
  const three = await join();
  await shared(one, two, three);
  await one.stop();
  await shared(two, three);
  const [four] = await Promise.all([join(), two.stop()]);
  await shared(three, four);
  return [three, four];
}

it('does each record once and in order while members come and go under load', async () => {
  const { brokers, prefix } = testCluster();
  const road = kafkaRoad({ brokers, clientId: `${prefix}test`, heartbeatMs: 300 });
  const [topic, group, journal] = [`${prefix}records`, `${prefix}group`, new Journal()];
  const [admin, producer] = [await road.admin(), await road.producer()];
  await admin.createTopics([{ topic, partitions: PARTITIONS }]);
  const end = load(producer, topic);
  const left = await comeAndGo(() => Worker.start(road, { group, topic, journal })).finally(end);
  const sent = await end();
  await until(() => journal.done.length >= sent * PARTITIONS, { what: 'all records done' });
  await Promise.all([...left.map((worker) => worker.stop()), producer.disconnect(), admin.disconnect()]);
  expect({ lost: journal.lost, clashes: journal.clashes }).toEqual({ lost: [], clashes: [] });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const offsets = journal.done.filter((done) => done.startsWith(`${partition}:`)).map((done) => Number(done.split(':')[1])); // prettier-ignore
    expect(offsets).toEqual(Array.from({ length: sent }, (_, offset) => offset));
  }
});
