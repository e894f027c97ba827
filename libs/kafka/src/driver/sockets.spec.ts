import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Sockets } from './sockets.js';

interface Connection {
  connect(): Promise<unknown>;
  isConnected(): boolean;
  send(request: object): Promise<unknown>;
  readonly requestQueue: { readonly requestTimeoutIntervalId: NodeJS.Timeout & { _destroyed: boolean } };
}

const Connection = createRequire(import.meta.url)('kafkajs/src/network/connection') as new (o: object) => Connection;
const Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => object;
const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };

const APIS = {
  request: { apiKey: 18, apiVersion: 0, apiName: 'ApiVersions', encode: async () => new Encoder() },
  response: { decode: async (data: Buffer) => data, parse: async (data: Buffer) => data },
};

let server: Server;
let accepted: Socket[];

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => void accepted.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

function connection(sockets: Sockets, ssl?: object): Connection {
  const { port } = server.address() as AddressInfo;
  const limits = { requestTimeout: 60_000, connectionTimeout: 60_000 };
  return new Connection({ host: '127.0.0.1', port, logger, ssl, socketFactory: sockets.factory, ...limits });
}

async function allClosed(sockets: Sockets): Promise<void> {
  while (sockets.open > 0) await new Promise(setImmediate);
}

it('what was opened behind the back of a client ends with it, its timers too', async () => {
  const sockets = new Sockets();
  const one = connection(sockets);
  // As kafkajs does when two requests find the connection closed: it knows the second socket only.
  await Promise.all([one.connect(), one.connect()]);
  expect(sockets.open).toBe(2);
  sockets.end();
  await Promise.all(accepted.map((socket) => once(socket, 'close')));
  await allClosed(sockets);
  expect(one.isConnected()).toBe(false);
  expect(one.requestQueue.requestTimeoutIntervalId._destroyed).toBe(true);
});

it.each([
  [{ rejectUnauthorized: false }, 0x16],
  [undefined, 0x00],
])('with the TLS options %j the first byte that it says is %d', async (ssl, byte) => {
  const sockets = new Sockets();
  const one = connection(sockets, ssl);
  const ended = one.connect().catch((error: unknown) => error);
  if (ssl === undefined) void ended.then(() => one.send(APIS).catch(() => undefined));
  while (accepted.length === 0) await new Promise(setImmediate);
  const first = once(accepted[0]!, 'data').then(([said]) => (said as Buffer)[0]);
  // A TLS handshake, before it is connected; or the length of a request.
  expect(await (ssl === undefined ? first : Promise.race([first, ended]))).toBe(byte);
  sockets.end();
  await ended;
});

it('what is just being connected is rejected', async () => {
  const sockets = new Sockets();
  const connecting = connection(sockets).connect();
  sockets.end();
  await expect(connecting).rejects.toThrow('its client has ended');
  await allClosed(sockets);
});

it('a client that has ended connects no more', async () => {
  const sockets = new Sockets();
  sockets.end();
  await expect(connection(sockets).connect()).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
  expect(accepted).toHaveLength(0);
});

it('a socket that its broker closes is forgotten', async () => {
  const sockets = new Sockets();
  await connection(sockets).connect();
  await new Promise(setImmediate);
  accepted[0]!.resume().end();
  await once(accepted[0]!, 'close');
  await allClosed(sockets);
});
