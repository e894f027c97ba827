/** What is used of kafkajs's `Connection` (2.2.4, `src/network/connection.js`). */
export interface Connecting {
  connect(): Promise<unknown>;
}

/**
 * Requests that find their connection closed each connect it: two at once open two sockets, of which kafkajs knows one. The other stays
 * until the broker closes what is idle (ten minutes, `connections.max.idle.ms`), and then takes the healthy one with it; a process that
 * ends waits for it. Here they connect together.
 */
export function connectOnce(original: Connecting['connect']): Connecting['connect'] {
  const underWay = new WeakMap<Connecting, Promise<unknown>>();
  return function (this: Connecting) {
    const present = underWay.get(this);
    if (present !== undefined) return present;
    const connecting = original.call(this).finally(() => underWay.delete(this));
    underWay.set(this, connecting);
    return connecting;
  };
}
