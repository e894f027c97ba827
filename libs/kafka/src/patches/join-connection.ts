/** What is used of kafkajs's `Connection` (2.2.4, `src/network/connection.js`). */
export interface PooledConnection extends ConnectionSettings {
  readonly versions: unknown;
  readonly requestQueue: {
    readonly enforceRequestTimeout: boolean;
    readonly maxInFlightRequests: number | null;
    readonly instrumentationEmitter: unknown;
  };
  setVersions(versions: unknown): void;
  getSupportAuthenticationProtocol(): unknown;
  setSupportAuthenticationProtocol(isSupported: unknown): void;
}

interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly rack: unknown;
  readonly clientId: string;
  readonly ssl: unknown;
  readonly sasl: unknown;
  readonly socketFactory: unknown;
  readonly requestTimeout: number;
  readonly connectionTimeout: number;
  readonly reauthenticationThreshold: number;
}

/** What is used of kafkajs's `ConnectionPool` (`src/network/connectionPool.js`): one connection for fetches, one for all else. */
export interface ConnectionPool {
  readonly pool: PooledConnection[];
  readonly logger: unknown;
  getConnection(index: number): Promise<unknown>;
  getConnectionByRequest(of: { readonly request: { readonly apiKey: number } }): Promise<unknown>;
}

export type NewConnection = new (settings: object) => PooledConnection;

/** https://kafka.apache.org/protocol#protocol_api_keys: JoinGroup and SyncGroup. */
const JOINING = new Set([11, 14]);
const JOIN_CONNECTION = 2;

/**
 * A broker answers the requests of a connection one after the other, and a JoinGroup when all members have come: until a killed one's
 * session is over. Commits and heartbeats behind it wait as long, and are then refused as of an old generation: what was finished
 * meanwhile is run again when its process is killed. Here joins have a connection of their own.
 */
export function joinApart(
  original: ConnectionPool['getConnectionByRequest'],
  Connection: NewConnection,
): ConnectionPool['getConnectionByRequest'] {
  return function (this: ConnectionPool, of) {
    if (!JOINING.has(of.request.apiKey)) return original.call(this, of);
    this.pool[JOIN_CONNECTION] ??= anotherLike(this.pool[0]!, this.logger, Connection);
    return this.getConnection(JOIN_CONNECTION);
  };
}

function anotherLike(first: PooledConnection, logger: unknown, Connection: NewConnection): PooledConnection {
  const { enforceRequestTimeout, maxInFlightRequests, instrumentationEmitter } = first.requestQueue;
  const { host, port, rack, clientId, ssl, sasl, socketFactory } = first;
  const { requestTimeout, connectionTimeout, reauthenticationThreshold } = first;
  const another = new Connection({
    ...{ host, port, rack, clientId, ssl, sasl, socketFactory, logger },
    ...{ requestTimeout, connectionTimeout, reauthenticationThreshold },
    ...{ enforceRequestTimeout, maxInFlightRequests, instrumentationEmitter },
  });
  another.setVersions(first.versions);
  another.setSupportAuthenticationProtocol(first.getSupportAuthenticationProtocol());
  return another;
}
