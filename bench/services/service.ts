/** A server that systems are measured against. */
export interface Service {
  readonly name: ServiceName;
  /** What is missing on this machine and how to get it; undefined = nothing. */
  missing(): string | undefined;
  /** @param folder an empty one of its own, removed by the caller afterwards */
  start(folder: string): Promise<RunningService>;
}

export type ServiceName = 'kafka' | 'redis' | 'redis-aof' | 'rabbitmq' | 'postgres';

export interface RunningService {
  /** For a person: `Redis 7.0.15`. */
  readonly version: string;
  /** How clients reach it: `host:port` of Kafka, a URL of the others. */
  readonly address: string;
  /** Idempotent. */
  stop(): Promise<void>;
}
