// Reads the topics when all is over and adds to the history what lies there: the records of the queue, and what became of each message.
import { headerText, HEADER } from '@sunbeon/core/headers';
import { fromResultRecord, kafkaRoad, RESULTS_TOPIC, scan } from '@sunbeon/kafka';
import { step } from './contract.mjs';
import { historyIn, monotonicMs } from './lines.mjs';

const { brokers, folder } = JSON.parse(process.env.SUNBEON_FAULTS_CHILD);
const note = historyIn(folder, 'reader');
const road = kafkaRoad({ brokers, clientId: 'reader' });
/** A record carries the wall clock of who wrote it. */
const offMs = Date.now() - monotonicMs();

await scan(road, { topic: step.queue }, ({ headers, topic, partition, offset }) => {
  const attempt = Number(headerText(headers, HEADER.attempt) ?? 1);
  note({ kind: 'written', id: headerText(headers, HEADER.id), attempt, topic, partition, offset });
});
const records = [];
await scan(road, { topic: RESULTS_TOPIC }, (record) => void records.push(record));
for (const record of records) {
  const { id, status, attempt } = await fromResultRecord(record, async (value) => JSON.parse(value.toString()));
  note({ kind: 'verdict', id, status, attempt, t: record.timestampMs - offMs, at: record.timestampMs });
}
await (await road.admin()).disconnect();
