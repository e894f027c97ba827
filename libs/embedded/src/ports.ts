import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { EmbeddedError } from './errors.js';

/** The only address the services listen on. */
export const HOST = '127.0.0.1';

/** The port asked for, or free ones where it is 0 or undefined. Checked just before use; a race is met by trying again. */
export async function choosePort(asked: number | undefined, service: string): Promise<number> {
  if (!asked) return freePort();
  if ((await answers(asked)) || (await bind(asked)) === undefined) {
    throw new EmbeddedError(
      'EMBEDDED_PORT_IN_USE',
      `${service} cannot listen on ${HOST}:${asked}: the port is in use.`,
    );
  }
  return asked;
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const port = await bind(0);
  if (port === undefined) throw new EmbeddedError('EMBEDDED_PORT_IN_USE', `No free port on ${HOST}.`);
  return port;
}

async function bind(port: number): Promise<number | undefined> {
  const server = createServer();
  const bound = new Promise<number | undefined>((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => resolve((server.address() as { port: number }).port));
  });
  const result = await bound;
  if (result !== undefined) {
    server.close();
    await once(server, 'close');
  }
  return result;
}

/** macOS lets one bind 127.0.0.1 beside a listener on all addresses, so binding alone does not tell. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', (hadError) => resolve(!hadError));
  });
}
