import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { brokerAnswers, metadataRequest } from './kafka-probe.js';
import { choosePort, freePort } from './ports.js';

/** Asks a server that gives these bytes to whoever sends the request. */
async function probe(response: Buffer | undefined, nodeId?: number): Promise<boolean> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      if (response && chunk.equals(metadataRequest())) socket.write(response);
      else socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answer = await brokerAnswers((server.address() as AddressInfo).port, nodeId);
  server.close();
  return answer;
}

const answer = (correlation: number, brokers: number) => {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(8, 0);
  buffer.writeInt32BE(correlation, 4);
  buffer.writeInt32BE(brokers, 8);
  return buffer;
};

/** With two brokers, 1 and 3: no rack, and a rack. */
const listing = () => {
  const host = [0, 1, 104];
  const port = [0, 0, 0, 9];
  const rest = Buffer.from([0, 0, 0, 1, ...host, ...port, 255, 255, 0, 0, 0, 3, ...host, ...port, 0, 1, 114]);
  const head = answer(7, 2);
  head.writeInt32BE(8 + rest.length, 0);
  return Buffer.concat([head, rest]);
};

describe('brokerAnswers', () => {
  it.each([
    [1, true],
    [2, false],
    [3, true],
  ])('of a cluster waits until node %d itself is listed: %s', async (nodeId, expected) => {
    expect(await probe(listing(), nodeId)).toBe(expected);
  });
  it('is true once a broker is listed', async () => expect(await probe(answer(7, 1))).toBe(true));
  it('is false while none is', async () => expect(await probe(answer(7, 0))).toBe(false));
  it('is false for an answer to something else', async () => expect(await probe(answer(8, 1))).toBe(false));
  it('is false when the peer hangs up', async () => expect(await probe(undefined)).toBe(false));
  it('is false when nobody listens', async () => expect(await brokerAnswers(await freePort())).toBe(false));
});

describe('choosePort', () => {
  it('takes a free one for 0 and the one asked for when it is free', async () => {
    const port = await choosePort(0, 'Kafka');
    expect(await choosePort(port, 'Kafka')).toBe(port);
  });

  it.each(['127.0.0.1', '0.0.0.0'])('refuses a port that is taken on %s', async (host) => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(choosePort(port, 'Kafka')).rejects.toMatchObject({
      code: 'EMBEDDED_PORT_IN_USE',
      message: `Kafka cannot listen on 127.0.0.1:${port}: the port is in use.`,
    });
    server.close();
  });
});
