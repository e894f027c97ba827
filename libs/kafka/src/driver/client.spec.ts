import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createContext } from './client.js';

const NO_RETRY = { retries: 0, initialRetryTime: 1, restartOnFailure: () => Promise.resolve(false) };

/** A context on an address; whoever listens there says nothing. */
const contextOn = (port: number) =>
  createContext({ brokers: [`127.0.0.1:${port}`], clientId: 'c', requestTimeoutMs: 100, connectionTimeoutMs: 1_000 });

let server: Server;
let accepted: Socket[];

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => void accepted.push(socket.resume())).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

it.each(['admin', 'cluster'] as const)('the sockets of an %s end with it, and it opens no more', async (kind) => {
  const client = contextOn((server.address() as AddressInfo).port)[kind](NO_RETRY);
  await expect(client.connect()).rejects.toThrow();
  const before = accepted.length;
  expect(before).toBeGreaterThan(0);
  await client.disconnect();
  await expect(client.connect()).rejects.toThrow('its client has ended');
  expect(accepted).toHaveLength(before);
});

it('a consumer that has crashed connects no more', async () => {
  const { port } = server.address() as AddressInfo;
  server.close();
  const consumer = contextOn(port).consumer({ groupId: 'g', retry: NO_RETRY });
  const crashed = new Promise((resolve) => consumer.on(consumer.events.CRASH, resolve));
  await consumer.run({ eachMessage: () => Promise.resolve() });
  await crashed;
  await expect(consumer.connect()).rejects.toThrow('its client has ended');
});
