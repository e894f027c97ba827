import type { Clock, OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { type Call, recordsOf, slicesOf } from './produce-calls.js';
import { isPerhapsOneCalls, partly, unwrittenOf, wasNeverSent } from './produce-errors.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Brings one request after the other to the broker. */
export class Delivery {
  #mayBeWritten = false;
  /** The same, whatever becomes of the present try. */
  #wasTried = false;
  #lastError: unknown;

  constructor(
    private readonly producer: RoadProducer,
    private readonly options: { readonly maxBatchBytes: number; readonly clock: Clock },
  ) {}

  /** Whether what is being delivered, or some of it, may have reached a broker. */
  get mayBeWritten(): boolean {
    return this.#mayBeWritten;
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
      const open = unwritten(calls, error);
      if (open.length === 1 || !isPerhapsOneCalls(error)) {
        for (const call of open) call.failure = error;
        return;
      }
      this.#wasTried = true;
      const half = Math.ceil(open.length / 2);
      await this.#try(open.slice(0, half));
      await this.#try(open.slice(half));
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
      this.#mayBeWritten = true;
      try {
        return await this.producer.send(slice ?? recordsOf(wanted));
      } catch (error) {
        if (!wasNeverSent(error)) throw error;
        this.#lastError = error;
      }
      this.#mayBeWritten = this.#wasTried;
      await new Promise<void>((resume) => this.options.clock.after(pauseMs, resume));
    }
  }
}

/** What one partition refuses, the others have written: their calls have succeeded. */
function unwritten(calls: readonly Call[], error: unknown): readonly Call[] {
  const records = unwrittenOf(error);
  return records === undefined ? calls : calls.filter((call) => call.records.some((record) => records.has(record)));
}
