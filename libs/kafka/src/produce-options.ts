export interface ProduceOptions {
  /** Records that wait for the broker, in bytes; see `whenFull`. */
  readonly maxBufferBytes?: number;
  /** One request carries at most this: below the broker's limit for one batch (1 MiB), whatever the partitions are. */
  readonly maxBatchBytes?: number;
  /** A single record's key, value and headers. */
  readonly maxRecordBytes?: number;
  /** A call beyond the buffer waits for room (default) or fails at once with `BUFFER_FULL`. */
  readonly whenFull?: 'wait' | 'fail';
  /** Milliseconds from the call to its acknowledgement, all waiting and trying included. Default 30,000. */
  readonly deliveryTimeoutMs?: number;
  /** Milliseconds that a request may wait for more records when that makes it larger; 0 = never. Default 5. */
  readonly maxLingerMs?: number;
}

/** How the system itself sends. */
export interface SendMode {
  /** Overrides the option: what must be written waits. */
  readonly whenFull?: ProduceOptions['whenFull'];
  /**
   * While a request is on its way the call is not given up, however long it takes: for who would send the same again, and have it
   * written twice. The driver's own tries end in time.
   */
  readonly isPatient?: boolean;
}

/** Kafka's default `max.message.bytes` is 1,048,588; the rest is for record framing. */
export const PRODUCE_DEFAULTS: Required<ProduceOptions> = {
  maxBufferBytes: 32 * 1024 * 1024,
  maxBatchBytes: 900 * 1024,
  maxRecordBytes: 2 * 1024 * 1024 - 16 * 1024,
  whenFull: 'wait',
  deliveryTimeoutMs: 30_000,
  maxLingerMs: 5,
};

export const PRODUCE_OPTIONS = Object.keys(PRODUCE_DEFAULTS) as readonly (keyof ProduceOptions)[];
