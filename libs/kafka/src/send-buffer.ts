import { Fifo } from '@sunbeon/core/fifo';
import type { Call } from './produce-calls.js';

/** Calls that wait to be sent, in their order: those that have room, and behind them those that wait for it. */
export class SendBuffer {
  readonly #maxBytes: number;
  readonly #waiting = new Fifo<Call>();
  readonly #blocked = new Fifo<Call>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Calls that leave with the next request. */
  get ready(): number {
    return this.#waiting.length;
  }

  /** Of all calls that have room, those under way included. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0 && this.#blocked.length === 0;
  }

  /** The call that waits for the longest time. */
  get first(): Call | undefined {
    return this.#waiting.first ?? this.#blocked.first;
  }

  hasRoom(bytes: number): boolean {
    return this.#blocked.length === 0 && this.#fits(bytes);
  }

  add(call: Call): void {
    this.#blocked.push(call);
    this.#admit();
  }

  /** The next calls, `most` at most and no more bytes than `maxBytes`, but one at least. Their room is theirs until {@link release}. */
  take(most: number, maxBytes: number): Call[] {
    const calls: Call[] = [];
    let bytes = 0;
    for (let call = this.#waiting.first; call !== undefined && calls.length < most; call = this.#waiting.first) {
      if (calls.length > 0 && bytes + call.bytes > maxBytes) break;
      bytes += call.bytes;
      calls.push(this.#waiting.shift()!);
    }
    return calls;
  }

  release(calls: readonly Call[]): void {
    for (const call of calls) this.#bytes -= call.bytes;
    this.#admit();
  }

  /** Takes out the calls whose time is over. They come first: calls are made in the order of their deadlines. */
  takeExpired(nowMs: number): Call[] {
    const waited = shiftExpired(this.#waiting, nowMs);
    const blocked = shiftExpired(this.#blocked, nowMs);
    this.release(waited);
    return [...waited, ...blocked];
  }

  /** Gives room to those who asked first. All in one step: a call made meanwhile cannot overtake one that waited. */
  #admit(): void {
    while (this.#blocked.first !== undefined && this.#fits(this.#blocked.first.bytes)) {
      const call = this.#blocked.shift()!;
      this.#bytes += call.bytes;
      this.#waiting.push(call);
    }
  }

  /** A call that is larger than the whole buffer goes alone. */
  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes;
  }
}

function shiftExpired(queue: Fifo<Call>, nowMs: number): Call[] {
  const expired: Call[] = [];
  while (queue.first !== undefined && queue.first.deadlineMs <= nowMs) expired.push(queue.shift()!);
  return expired;
}
