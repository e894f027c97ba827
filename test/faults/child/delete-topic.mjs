// Deletes the queue's topic, makes it again, and says so in the history.
import kafkajs from 'kafkajs';
import { QUEUE } from './contract.mjs';
import { historyIn } from './lines.mjs';

const { brokers, folder, partitions } = JSON.parse(process.env.SUNBEON_FAULTS_CHILD);
const note = historyIn(folder, 'deleter');
const admin = new kafkajs.Kafka({ brokers, clientId: 'deleter', logLevel: kafkajs.logLevel.NOTHING }).admin();
await admin.connect();
await admin.deleteTopics({ topics: [QUEUE] });
for (;;) {
  const topics = await admin.listTopics();
  if (!topics.includes(QUEUE)) break;
}
note({ kind: 'topic-gone', topic: QUEUE });
await admin.createTopics({ waitForLeaders: false, topics: [{ topic: QUEUE, numPartitions: partitions }] });
note({ kind: 'said', text: 'topic made again' });
await admin.disconnect();
