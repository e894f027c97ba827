// Reads the topics when all is over and adds to the history what lies there: the records of the queue, and what became of each message.
import { headerText, HEADER } from '@sunbeon/core/headers';
import { fromResultRecord, kafkaRoad, RESULTS_TOPIC, scan } from '@sunbeon/kafka';
import { QUEUE } from './contract.mjs';
import { historyIn, monotonicMs } from './lines.mjs';

const { brokers, folder, policy } = JSON.parse(process.env.SUNBEON_FAULTS_CHILD);
const note = historyIn(folder, 'reader');
const road = kafkaRoad({ brokers, clientId: 'reader' });
/** A record carries the wall clock of who wrote it. */
const offMs = Date.now() - monotonicMs();

const of = ({ headers }, name, otherwise) => headerText(headers, HEADER[name]) ?? otherwise;

await scan(road, { topic: QUEUE }, (record) => {
  const { topic, partition, offset } = record;
  const [attempt, notBeforeMs] = [Number(of(record, 'attempt', 1)), Number(of(record, 'notBefore', 0))];
  note({ kind: 'written', id: of(record, 'id'), attempt, notBeforeMs, topic, partition, offset });
});
await scan(road, { topic: `${QUEUE}.dlq` }, (record) => {
  const attempts = JSON.parse(of(record, 'history', '[]')).map(({ attempt }) => attempt);
  note({ kind: 'buried', id: of(record, 'id'), attempts, code: of(record, 'errorCode', '') });
});
if (policy.order !== 'none' && policy.hold !== false) {
  await scan(road, { topic: `${QUEUE}.retry.held` }, ({ value }) => {
    const { id, attempt, notBeforeMs } = value === null ? {} : JSON.parse(value.toString());
    if (id !== undefined) note({ kind: 'noted', id, attempt, notBeforeMs });
  });
}
const records = [];
await scan(road, { topic: RESULTS_TOPIC }, (record) => void records.push(record));
for (const record of records) {
  const { id, status, attempt } = await fromResultRecord(record, async (value) => JSON.parse(value.toString()));
  note({ kind: 'verdict', id, status, attempt, t: record.timestampMs - offMs, at: record.timestampMs });
}
await (await road.admin()).disconnect();
