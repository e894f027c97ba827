/** What is used of kafkajs's `Connection` (2.2.4, `src/network/connection.js`). */
export interface Connecting {
  connect(): Promise<unknown>;
  isConnected(): boolean;
  /** What has come of a response that is not whole yet. */
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
}

/** Of the length before each response. */
const LENGTH_BYTES = 4;

/**
 * Requests that find their connection closed each connect it: two at once open two sockets, of which kafkajs knows one. The other stays
 * until the broker closes what is idle (ten minutes, `connections.max.idle.ms`), and then takes the healthy one with it; a process that
 * ends waits for it. Here they connect together; and what the connection before was just saying is not taken for the beginning of the
 * next one's answers, which kafkajs could then read no more.
 */
export function connectOnce(original: Connecting['connect']): Connecting['connect'] {
  const underWay = new WeakMap<Connecting, Promise<unknown>>();
  return function (this: Connecting) {
    const present = underWay.get(this);
    if (present !== undefined) return present;
    if (!this.isConnected()) Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    const connecting = original.call(this).finally(() => underWay.delete(this));
    underWay.set(this, connecting);
    return connecting;
  };
}
