import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Connecting, connectOnce } from './connect-once.js';

interface Connection extends Connecting {
  isConnected(): boolean;
  disconnect(): Promise<void>;
}

const Original = createRequire(import.meta.url)('kafkajs/src/network/connection') as new (o: object) => Connection;
const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };

let server: Server;
let accepted: Socket[];

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => void accepted.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

/** With a `connect` of its own: the prototype may be patched already. */
function connection(of: { port?: number } = {}) {
  const { port = (server.address() as AddressInfo).port } = of;
  const sockets: Socket[] = [];
  const socketFactory = ({ onConnect }: { onConnect: () => void }) => {
    sockets.push(connect({ host: '127.0.0.1', port }, onConnect));
    return sockets.at(-1)!;
  };
  const settings = { host: '127.0.0.1', port, logger, socketFactory, requestTimeout: 1_000, connectionTimeout: 1_000 };
  const it = new Original(settings);
  it.connect = connectOnce(it.connect.bind(it));
  return { it, sockets };
}

it('two who connect at once share a socket', async () => {
  const { it: one, sockets } = connection();
  await Promise.all([one.connect(), one.connect()]);
  expect(sockets).toHaveLength(1);
  await one.disconnect();
});

it('who connects after an end has a new socket', async () => {
  const { it: one, sockets } = connection();
  await one.connect();
  await one.disconnect();
  await one.connect();
  expect(sockets).toHaveLength(2);
  expect(one.isConnected()).toBe(true);
  await one.disconnect();
});

it('both hear that nobody answers, and who asks later asks again', async () => {
  const { port } = server.address() as AddressInfo;
  server.close();
  const { it: one, sockets } = connection({ port });
  const both = await Promise.allSettled([one.connect(), one.connect()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(one.connect()).rejects.toThrow('ECONNREFUSED');
  expect(sockets).toHaveLength(2);
});
