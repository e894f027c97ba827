import type { Clock, OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { systemClock } from './clock.js';
import { Delivery } from './delivery.js';
import { Linger } from './linger.js';
import { type Call, lookInMs } from './produce-calls.js';
import { bufferFull, tooLate } from './produce-errors.js';
import { PRODUCE_DEFAULTS, type ProduceOptions, type SendMode } from './produce-options.js';
import { measure } from './record-size.js';
import { SendBuffer } from './send-buffer.js';

/** Fewer calls than this are not shared out between two requests. */
const SHARED_FROM = 200;

/**
 * Turns single calls into few large requests: what is sent while a request is under way leaves with the next one. One request at a
 * time, in the order of the calls, which is also kept when one fails and is tried again. A bad call (unknown topic, oversized
 * record) fails alone. What was surely not sent is tried again until its time is over; what perhaps was is the caller's to judge.
 */
export class Produce {
  readonly #options: Required<ProduceOptions>;
  readonly #buffer: SendBuffer;
  readonly #linger: Linger;
  readonly #delivery: Delivery;
  #underWay: readonly Call[] = [];
  #flushing: Promise<void> | undefined;
  #cancelDeadline: (() => void) | undefined;

  constructor(
    producer: RoadProducer,
    options: ProduceOptions = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.#options = { ...PRODUCE_DEFAULTS, ...options };
    this.#buffer = new SendBuffer(this.#options.maxBufferBytes);
    this.#linger = new Linger(this.#options.maxLingerMs);
    this.#delivery = new Delivery(producer, { ...this.#options, clock });
  }

  /**
   * Resolves when all in-sync replicas have all records.
   * @throws SunbeonError `RECORD_TOO_LARGE`, `RECORD_INVALID`, `BUFFER_FULL`, `TOPIC_MISSING`, `SEND_FAILED`, `BROKER_UNREACHABLE`,
   * `DELIVERY_TIMEOUT`; `facts.mayHaveHappened` of the last three says whether the records may be written all the same
   */
  async send(records: readonly OutgoingRecord[], mode: SendMode = {}): Promise<void> {
    if (records.length === 0) return;
    const { maxRecordBytes, maxBufferBytes, deliveryTimeoutMs } = this.#options;
    const { whenFull = this.#options.whenFull, isPatient = false } = mode;
    const bytes = measure(records, maxRecordBytes);
    if (whenFull === 'fail' && !this.#buffer.hasRoom(bytes)) throw bufferFull(this.#buffer.bytes, maxBufferBytes);
    const deadlineMs = this.clock.now() + deliveryTimeoutMs;
    return new Promise((resolve, reject) => {
      this.#buffer.add({ records, bytes, deadlineMs, isPatient, resolve, reject, failure: undefined, over: false });
      this.#cancelDeadline ??= this.clock.after(deliveryTimeoutMs, () => this.#expire());
      this.#flushing ??= this.#flush();
    });
  }

  /** Resolves when all that was accepted is acknowledged or refused. */
  async drain(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  async #flush(): Promise<void> {
    let told = Promise.resolve();
    await this.#gather();
    for (let calls = this.#take([]); calls.length > 0;) {
      const done = calls;
      await Promise.all([this.#delivery.deliver(done), told]);
      this.#buffer.release(done);
      if (this.#isNextReady()) {
        // The next request is on its way before these callers go on: the broker works while they prepare what they send next.
        calls = this.#take(done);
        told = nextTurn().then(() => this.#tell(done));
      } else {
        this.#tell(done);
        if (this.#buffer.ready > 0) await this.#gather();
        calls = this.#take([]);
      }
    }
    await told;
    this.#flushing = this.#buffer.ready > 0 ? this.#flush() : undefined;
  }

  #isNextReady(): boolean {
    const all = this.#buffer.ready;
    if (all === 0 || this.#linger.msFor(all) > 0) return false;
    this.#linger.leaves({ waitedMs: 0, before: all, all });
    return true;
  }

  /** One turn of the event loop gathers the calls of the same moment; when it pays, some milliseconds more. */
  async #gather(): Promise<void> {
    await nextTurn();
    const before = this.#buffer.ready;
    const waitedMs = this.#linger.msFor(before);
    if (waitedMs > 0) await new Promise<void>((resume) => this.clock.after(waitedMs, resume));
    this.#linger.leaves({ waitedMs, before, all: this.#buffer.ready });
  }

  /** @param told those who are about to be told, and will likely call again: with them two requests take turns */
  #take(told: readonly Call[]): readonly Call[] {
    const share = Math.ceil((this.#buffer.ready + told.length) / 2);
    this.#underWay = this.#buffer.take(Math.max(SHARED_FROM, share), this.#options.maxBatchBytes);
    return this.#underWay;
  }

  #tell(calls: readonly Call[]): void {
    for (const call of calls) {
      if (call.failure === undefined) call.resolve();
      else call.reject(call.failure);
    }
    if (this.#buffer.isEmpty) this.#stopClock();
  }

  #stopClock(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  #expire(): void {
    const nowMs = this.clock.now();
    const { mayBeWritten, isOnItsWay } = this.#delivery;
    for (const call of this.#underWay) {
      const isLate = !call.over && call.deadlineMs <= nowMs;
      if (isLate && !(call.isPatient && isOnItsWay)) this.#giveUp(call, mayBeWritten);
    }
    for (const call of this.#buffer.takeExpired(nowMs)) this.#giveUp(call, false);
    this.#stopClock();
    const { first } = this.#buffer;
    const open = [...this.#underWay.filter(({ over }) => !over), ...(first === undefined ? [] : [first])];
    if (open.length === 0) return;
    this.#cancelDeadline = this.clock.after(lookInMs(open, nowMs), () => this.#expire());
  }

  #giveUp(call: Call, mayHaveHappened: boolean): void {
    call.over = true;
    const { deliveryTimeoutMs: timeoutMs } = this.#options;
    call.reject(tooLate({ mayHaveHappened, timeoutMs, cause: this.#delivery.lastError }));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
