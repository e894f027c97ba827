import { randomUUID } from 'node:crypto';
import kafkajs, { type Cluster } from 'kafkajs';
import { kafkaRoad } from '../../../libs/kafka/src/driver.js';
import { roadConformance } from '../../../libs/testing/src/conformance/road.js';

roadConformance('the kafkajs driver', async () => {
  const brokers = process.env['SUNBEON_TEST_BROKERS'];
  if (brokers === undefined || brokers === '') {
    throw new Error('SUNBEON_TEST_BROKERS is not set: run the scenarios project, whose global setup starts a Kafka.');
  }
  const list = brokers.split(',');
  const road = kafkaRoad({ brokers: list, clientId: 'conformance', heartbeatMs: 500 });
  const prefix = `conformance.${randomUUID()}`;
  return { road, prefix, expel: (group) => expel(list, group), dispose: async () => undefined };
});

interface Coordinated {
  findGroupCoordinator(of: { groupId: string }): Promise<{
    leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
  }>;
}

/** Says for each member that it leaves, which kafkajs can say for itself only. */
async function expel(brokers: string[], groupId: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'expel', logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  let cluster: Coordinated | undefined;
  const assigner = ({ cluster: mine }: { cluster: Cluster }) => {
    cluster = mine as unknown as Coordinated;
    return { name: 'none', version: 0, protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }), assign: async () => [] }; // prettier-ignore
  };
  const consumer = kafka.consumer({ groupId: `${groupId}.expel`, partitionAssigners: [assigner] });
  await Promise.all([admin.connect(), consumer.connect()]);
  const { groups } = await admin.describeGroups([groupId]);
  const coordinator = await cluster!.findGroupCoordinator({ groupId });
  for (const { memberId } of groups.flatMap(({ members }) => members))
    await coordinator.leaveGroup({ groupId, memberId });
  await Promise.all([admin.disconnect(), consumer.disconnect()]);
}
