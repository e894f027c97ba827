import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

const HOST = '127.0.0.1';
const PRODUCE = 0;

/** What is done to the acknowledgement of a produce request: never sent on, or the connection is cut instead. */
export interface Swallow {
  /** Only of clients with this id; several parts of a process may write. */
  readonly clientId: string;
  readonly then: 'silence' | 'cut';
}

/**
 * A TCP proxy in front of one broker that knows enough of Kafka's framing to lose an acknowledgement: the broker has written the
 * records, the client never hears. A client goes where the broker says it is, so the broker must advertise the proxy's port.
 */
export class Proxy implements AsyncDisposable {
  /** How long each piece is held back, both ways, in milliseconds. */
  delayMs = 0;
  /** How many acknowledgements were lost so far. */
  swallowed = 0;
  #targetPort = 0;
  #refuses = false;
  #swallow: Swallow | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((client) => this.#accept(client));
  }

  /** Listens on a free port; whom it leads to is said by {@link leadTo}. */
  static async listen(): Promise<Proxy> {
    const proxy = new Proxy();
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  leadTo(port: number): void {
    this.#targetPort = port;
  }

  /** The next acknowledgement of a produce request of this client is lost. */
  swallowNext(swallow: Swallow): void {
    this.#swallow = swallow;
  }

  /** Cuts all connections; until {@link heal}, new ones are cut at once. */
  cut(): void {
    this.#refuses = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#refuses = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const broker = connect({ port: this.#targetPort, host: HOST, noDelay: true });
    client.setNoDelay(true);
    /** Correlation ids of produce requests whose answer is to be lost, on this connection. */
    const doomed = new Map<number, Swallow>();
    const end = (): void => {
      for (const socket of [client, broker]) socket.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    if (this.#refuses) return end();
    const requests = new Frames((frame) => this.#request(frame, { doomed, send: (data) => broker.write(data) }));
    const answers = new Frames((frame) => this.#answer(frame, { doomed, end, send: (data) => client.write(data) }));
    client.on('data', (chunk) => requests.push(chunk));
    broker.on('data', (chunk) => answers.push(chunk));
  }

  #request(frame: Buffer, { doomed, send }: { doomed: Map<number, Swallow>; send(data: Buffer): void }): void {
    const { apiKey, correlation, clientId } = requestHeader(frame);
    if (apiKey === PRODUCE && this.#swallow?.clientId === clientId) {
      doomed.set(correlation, this.#swallow);
      this.#swallow = undefined;
    }
    this.#later(() => send(frame));
  }

  #answer(frame: Buffer, on: { doomed: Map<number, Swallow>; end(): void; send(data: Buffer): void }): void {
    const swallow = on.doomed.get(frame.readInt32BE(4));
    if (swallow === undefined) return this.#later(() => on.send(frame));
    this.swallowed++;
    if (swallow.then === 'cut') on.end();
  }

  /** In order: timers of one delay fire as they were set. */
  #later(send: () => void): void {
    if (this.delayMs === 0) send();
    else setTimeout(send, this.delayMs);
  }
}

/** Cuts a stream into Kafka's frames: four bytes of length, then so many bytes. */
class Frames {
  #rest = Buffer.alloc(0);

  constructor(private readonly onFrame: (frame: Buffer) => void) {}

  push(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0);
      this.onFrame(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#rest = Buffer.from(rest);
  }
}

/** Length, api key, version, correlation id, client id with its length in front (-1 = null). */
function requestHeader(frame: Buffer): { apiKey: number; correlation: number; clientId: string } {
  const length = frame.length < 14 ? -1 : frame.readInt16BE(12);
  const clientId = frame.toString('utf8', 14, 14 + Math.max(0, length));
  return { apiKey: frame.readInt16BE(4), correlation: frame.readInt32BE(8), clientId };
}
