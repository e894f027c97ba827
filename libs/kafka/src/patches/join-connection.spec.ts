import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { type ConnectionPool, joinApart, type NewConnection } from './join-connection.js';

const load = createRequire(import.meta.url);
const Pool = load('kafkajs/src/network/connectionPool') as new (
  options: object,
) => ConnectionPool & { destroy(): Promise<void> };
const Connection = load('kafkajs/src/network/connection') as NewConnection;

type Pooled = ConnectionPool['pool'][0];
const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };
const options = { host: 'h', port: 1, logger, clientId: 'c', rack: 'r', ssl: { ca: 'x' }, sasl: { mechanism: 'plain' }, socketFactory: () => undefined, requestTimeout: 1_000, connectionTimeout: 2_000, enforceRequestTimeout: true, maxInFlightRequests: 7, instrumentationEmitter: { emit: () => undefined } }; // prettier-ignore

function pool() {
  const it = new Pool(options);
  it.getConnection = (index) => Promise.resolve(it.pool[index]);
  it.pool[0]!.setVersions({ 11: { maxVersion: 5 } });
  it.pool[0]!.setSupportAuthenticationProtocol(true);
  const byRequest = joinApart(it.getConnectionByRequest.bind(it), Connection);
  const of = (apiKey: number) => byRequest.call(it, { request: { apiKey } });
  return { it, of };
}

it('joins and syncs share a connection that nothing else has, and that is as the others', async () => {
  const { of } = pool();
  const [join, sync, commit, heartbeat, fetch] = await Promise.all([11, 14, 8, 12, 1].map(of));
  expect(join).toBe(sync);
  expect([commit, heartbeat, fetch]).not.toContain(join);
  expect(commit).toBe(heartbeat);
  const plain = (connection: unknown) => {
    const { host, port, clientId, rack, ssl, sasl, socketFactory, requestTimeout, connectionTimeout, reauthenticationThreshold, versions, requestQueue } = connection as Pooled; // prettier-ignore
    const { enforceRequestTimeout, maxInFlightRequests, instrumentationEmitter } = requestQueue;
    return { host, port, clientId, rack, ssl, sasl, socketFactory, requestTimeout, connectionTimeout, reauthenticationThreshold, versions, enforceRequestTimeout, maxInFlightRequests, instrumentationEmitter }; // prettier-ignore
  };
  expect(plain(join)).toEqual(plain(commit));
  expect((join as Pooled).getSupportAuthenticationProtocol()).toBe(true);
});

it('the connection is closed with the others', async () => {
  const { it: its, of } = pool();
  await of(11);
  let closed = 0;
  for (const connection of its.pool) Object.assign(connection, { disconnect: () => Promise.resolve(void closed++) });
  await its.destroy();
  expect(closed).toBe(3);
});
