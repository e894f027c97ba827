import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { type AskedBroker, withPartialMetadata } from './cluster.js';

const load = createRequire(import.meta.url);
const { parse } = load('kafkajs/src/protocol/requests/metadata/v0/response') as {
  parse(decoded: object): Promise<object>;
};
const SEND = Symbol('private:Broker:sendRequest');

/** As kafkajs's own: what it asks is looked up, sent, and parsed. */
class Broker {
  constructor(private readonly answer: object) {}

  lookupRequest = () => () => ({ request: {}, response: { parse } });

  async metadata() {
    return this[SEND](this.lookupRequest()());
  }

  [SEND](question: { response: { parse(decoded: object): unknown } }) {
    return question.response.parse(this.answer);
  }
}

function ask(answer: object): Promise<unknown> {
  const createBroker = (_: object): AskedBroker => new Broker(answer) as unknown as AskedBroker;
  const { brokerPool } = withPartialMetadata({ brokerPool: { createBroker } });
  return (async () => brokerPool.createBroker({}).metadata(['t']))();
}

const partitions = [
  { partitionErrorCode: 5, partitionId: 0, leader: -1 },
  { partitionErrorCode: 0, partitionId: 1, leader: 2 },
];

it('a partition without a leader does not keep the others from being known', async () => {
  const answer = { topicMetadata: [{ topicErrorCode: 0, topic: 't', partitionMetadata: partitions }] };
  await expect(parse(answer)).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' }); // kafkajs's own way
  expect(await ask(answer)).toBe(answer);
});

it('a topic that is not there is an error all the same', async () => {
  const answer = { topicMetadata: [{ topicErrorCode: 3, topic: 't', partitionMetadata: [] }] };
  await expect(ask(answer)).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
});
