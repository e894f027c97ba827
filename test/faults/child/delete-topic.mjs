// Deletes the queue's topic, makes it again, and says so in the history.
import kafkajs from 'kafkajs';
import { step } from './contract.mjs';
import { historyIn } from './lines.mjs';

const { brokers, folder, partitions } = JSON.parse(process.env.SUNBEON_FAULTS_CHILD);
const note = historyIn(folder, 'deleter');
const admin = new kafkajs.Kafka({ brokers, clientId: 'deleter', logLevel: kafkajs.logLevel.NOTHING }).admin();
await admin.connect();
await admin.deleteTopics({ topics: [step.queue] });
for (;;) {
  const topics = await admin.listTopics();
  if (!topics.includes(step.queue)) break;
}
note({ kind: 'topic-gone', topic: step.queue });
await admin.createTopics({ waitForLeaders: false, topics: [{ topic: step.queue, numPartitions: partitions }] });
note({ kind: 'said', text: 'topic made again' });
await admin.disconnect();
