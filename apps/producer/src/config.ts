import { type Environment, readEnvironment, readWhole } from '@sunbeon/nest';

/** What the door is told by its environment. */
export interface ProducerConfig extends Environment {
  readonly bodyLimitBytes: number;
  /** The most items in one request. */
  readonly maxBatch: number;
  /** The most long polls and event streams at once. */
  readonly maxWaiters: number;
}

/** @throws SunbeonError `NO_CLUSTER`, `OPTION_INVALID`, `OPTION_UNKNOWN` */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ProducerConfig {
  return {
    ...readEnvironment(env, { port: 3000, source: 'sunbeon-producer' }),
    bodyLimitBytes: readWhole(env, 'BODY_LIMIT_BYTES', { fallback: 1_048_576, least: 1_024, most: 104_857_600 }),
    maxBatch: readWhole(env, 'MAX_BATCH', { fallback: 10_000, least: 1, most: 100_000 }),
    maxWaiters: readWhole(env, 'MAX_WAITERS', { fallback: 1_000, least: 1, most: 100_000 }),
  };
}
