import { connect, type Socket } from 'node:net';
import { HOST } from './ports.js';

const TIMEOUT_MS = 1_000;
const METADATA = 3;
const VERSION = 1;
const CORRELATION = 7;

/**
 * Whether a broker that takes records answers: Metadata v1 (https://kafka.apache.org/43/design/protocol/) lists a broker only
 * once the controller has let it in. An open port, or ApiVersions, says yes earlier, when topics cannot be created yet.
 * @param nodeId of a cluster's node: others are listed before itself when it comes back. Default: any broker will do.
 */
export async function brokerAnswers(port: number, nodeId?: number): Promise<boolean> {
  const socket = connect({ port, host: HOST, timeout: TIMEOUT_MS });
  try {
    const response = await ask(socket, metadataRequest());
    if (response.readInt32BE(4) !== CORRELATION) return false;
    return nodeId === undefined ? response.readInt32BE(8) > 0 : brokersIn(response).includes(nodeId);
  } catch {
    return false; // Not listening, closed or too slow: ask again.
  } finally {
    socket.destroy();
  }
}

/** Size, api key, version, correlation id, client id (null), and no topics. */
export function metadataRequest(): Buffer {
  const request = Buffer.alloc(18);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(METADATA, 4);
  request.writeInt16BE(VERSION, 6);
  request.writeInt32BE(CORRELATION, 8);
  request.writeInt16BE(-1, 12);
  request.writeInt32BE(0, 14);
  return request;
}

/** The brokers' ids: each is followed by host, port and rack, the strings with their length in front, -1 = null. */
function brokersIn(response: Buffer): number[] {
  let at = 12;
  const skipString = (): void => void (at += 2 + Math.max(0, response.readInt16BE(at)));
  return Array.from({ length: response.readInt32BE(8) }, () => {
    const id = response.readInt32BE(at);
    at += 4;
    skipString();
    at += 4;
    skipString();
    return id;
  });
}

/** The whole answer: size, correlation id, number of brokers, brokers, and more that nobody here reads. */
function ask(socket: Socket, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= 12 && got.length >= 4 + got.readInt32BE(0)) resolve(got);
    });
    socket.once('connect', () => socket.write(request));
    socket.once('error', reject);
    socket.once('timeout', () => reject(new Error('timeout')));
    socket.once('close', () => reject(new Error('closed')));
  });
}
