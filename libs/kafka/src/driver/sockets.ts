import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** After so long without a byte the system asks whether the other side is still there; as kafkajs has it. */
const KEEP_ALIVE_MS = 60_000;

/** What kafkajs then logs of each connection that was still open. */
export const CLIENT_ENDED = 'its client has ended';

/**
 * The sockets of one kafkajs client. kafkajs closes those that it knows at the moment of its disconnect: what was just being connected
 * (a fetch from a broker that is back, a retry of a join) is opened afterwards all the same, and a process that ends waits for it.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  #isOver = false;

  /** For kafkajs's `socketFactory`. @throws Error when the client has ended: kafkajs takes it for a broker that is away */
  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#isOver) throw new Error(CLIENT_ENDED);
    const to = { host, port };
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = isTls(ssl) ? connectTls({ ...to, ...name, ...ssl }, onConnect) : connect(to, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  get open(): number {
    return this.#open.size;
  }

  /** Ends those that are open, and opens no more. */
  end(): void {
    this.#isOver = true;
    // With an error: kafkajs stops the timer of a connection, and rejects its requests, only when it hears of one.
    for (const socket of this.#open) socket.destroy(new Error(CLIENT_ENDED));
  }
}

/** True or options for TLS; kafkajs declares less than it hands on. */
function isTls(ssl: unknown): boolean {
  return ssl !== undefined && ssl !== null && ssl !== false;
}
