import type { Clock, OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { type Call, recordsOf, slicesOf } from './produce-calls.js';
import { isPerhapsOneCalls, mayHaveHappened, partly, wasNeverSent } from './produce-errors.js';
import { Unwritten } from './unwritten.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Brings one request after the other to the broker. */
export class Delivery {
  #mayBeWritten = false;
  /** The same, whatever becomes of the present try. */
  #wasTried = false;
  #lastError: unknown;
  #isOnItsWay = false;

  constructor(
    private readonly producer: RoadProducer,
    private readonly options: { readonly maxBatchBytes: number; readonly clock: Clock },
  ) {}

  /** Whether what is being delivered, or some of it, may have reached a broker. */
  get mayBeWritten(): boolean {
    return this.#mayBeWritten;
  }

  /** Whether the driver has a request now. */
  get isOnItsWay(): boolean {
    return this.#isOnItsWay;
  }

  /** Why the last try failed before anything was sent. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Never rejects: notes on the calls what failed. */
  async deliver(calls: readonly Call[]): Promise<void> {
    this.#wasTried = false;
    await this.#try(calls);
  }

  /** One call's fault must not fail its neighbours, so it is looked for by halves. */
  async #try(calls: readonly Call[]): Promise<void> {
    try {
      await this.#write(calls);
    } catch (error) {
      const failures = failuresOf(calls, error);
      const again: Call[] = [];
      for (const [call, failure] of failures) {
        if (failures.size > 1 && isPerhapsOneCalls(failure)) again.push(call);
        else call.failure = failure;
      }
      if (again.length === 0) return;
      this.#wasTried = true;
      const half = Math.ceil(again.length / 2);
      await this.#try(again.slice(0, half));
      if (again.length > 1) await this.#try(again.slice(half));
    }
  }

  /** A call larger than a batch (thousands of records at once) is written in slices, in order. */
  async #write(calls: readonly Call[]): Promise<void> {
    const slices = slicesOf(calls, this.options.maxBatchBytes);
    if (slices === undefined) return this.#persist(calls);
    for (const slice of slices) {
      await this.#persist(calls, slice).catch((error: unknown) =>
        Promise.reject(this.#wasTried ? partly(error) : error),
      );
      this.#wasTried = true;
    }
  }

  /** Until it is acknowledged, refused, perhaps written, or nobody waits for it any more. */
  async #persist(calls: readonly Call[], slice?: readonly OutgoingRecord[]): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const wanted = calls.filter(({ over }) => !over);
      if (wanted.length === 0) return;
      this.#mayBeWritten = this.#isOnItsWay = true;
      try {
        return await this.producer.send(slice ?? recordsOf(wanted));
      } catch (error) {
        if (!wasNeverSent(error)) throw error;
        this.#lastError = error;
      } finally {
        this.#isOnItsWay = false;
      }
      this.#mayBeWritten = this.#wasTried;
      await new Promise<void>((resume) => this.options.clock.after(pauseMs, resume));
    }
  }
}

/** Of the calls that are not known to be written: what one partition refuses, the others have written. */
function failuresOf(calls: readonly Call[], error: unknown): Map<Call, unknown> {
  const all = new Map(calls.map((call) => [call, error]));
  const { cause } = error as { cause?: unknown };
  if (!(cause instanceof Unwritten)) return all;
  const byRecord = new Map(cause.parts.flatMap(({ records, failure }) => records.map((record) => [record, failure])));
  const failures = new Map<Call, unknown>();
  for (const call of calls) {
    const own = call.records.flatMap((record) => byRecord.get(record) ?? []);
    const worst = own.find(mayHaveHappened) ?? own[0];
    if (worst !== undefined) failures.set(call, own.length < call.records.length ? partly(worst) : worst);
  }
  return failures.size === 0 ? all : failures;
}
