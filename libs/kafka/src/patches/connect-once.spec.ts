import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Connecting, connectOnce } from './connect-once.js';

interface Connection extends Connecting {
  send(request: object): Promise<Buffer>;
  disconnect(): Promise<void>;
}

const Original = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  new (o: object): Connection;
  prototype: Connection;
};
const Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => object;
const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined, warn: () => undefined };

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

const shared = connectOnce(Original.prototype.connect);

/** With a `connect` of their own: the prototype may be patched already. */
function connection(of: { port?: number } = {}) {
  const { port = (server.address() as AddressInfo).port } = of;
  const sockets: Socket[] = [];
  const socketFactory = ({ onConnect }: { onConnect: () => void }) => {
    sockets.push(connect({ host: '127.0.0.1', port }, onConnect));
    return sockets.at(-1)!;
  };
  const settings = { host: '127.0.0.1', port, logger, socketFactory, requestTimeout: 1_000, connectionTimeout: 1_000 };
  const it = new Original(settings);
  it.connect = shared;
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

it('two connections have a socket each', async () => {
  const [one, two] = [connection(), connection()];
  await Promise.all([one.it.connect(), two.it.connect()]);
  expect([one, two].map(({ it: each, sockets }) => [each.isConnected(), sockets.length])).toEqual([[true, 1], [true, 1]]); // prettier-ignore
  await Promise.all([one.it.disconnect(), two.it.disconnect()]);
});

/** An answer to the request with this number: 100 bytes, of which `of` are sent. */
const answerTo = (request: Buffer, of = 108): Buffer => {
  const whole = Buffer.alloc(108, 7);
  whole.writeInt32BE(104, 0);
  request.copy(whole, 4, 8, 12);
  return whole.subarray(0, of);
};

it('an answer that is cut off with its connection does not spoil the next one', async () => {
  let requests = 0;
  server.on('connection', (socket: Socket) =>
    socket
      .on('error', () => undefined)
      .on('data', (request: Buffer) => {
        if (requests++ > 0) socket.write(answerTo(request));
        else socket.write(answerTo(request, 50), () => socket.end());
      }),
  );
  const { it: one } = connection();
  const question = () =>
    one.send({
      request: { apiKey: 18, apiVersion: 0, apiName: 'ApiVersions', encode: async () => new Encoder() },
      response: { decode: async (data: Buffer) => data, parse: async (data: Buffer) => data },
    });
  await one.connect();
  await expect(question()).rejects.toThrow();
  await one.connect();
  expect(await question()).toHaveLength(100);
  await one.disconnect();
});
