import { createHash } from 'node:crypto';
import { SunbeonError } from '@sunbeon/core';
import { withChanges } from '@sunbeon/core/envelope';
import { derivedId } from '@sunbeon/core/ids';
import type { Clock, Message, Results } from '@sunbeon/core/ports';

/** How many recent keys one process remembers: they bridge the moment until the results reader has seen its own note. */
const REMEMBERED = 10_000;

/** A key can be used anew after a day: as long as a client may reasonably go on trying. */
const KEYS_LAST_MS = 24 * 3_600_000;

/**
 * What is noted once a keyed task was acknowledged: that its key was used, with which payload. It has an id of its own, since
 * under the task's id it could follow, and so hide, the result of a fast task, and would itself be hidden by that result.
 */
export function markerOf(message: Message): Message {
  const { type, idempotencyKey = '' } = message.envelope;
  const id = derivedId(0, 'idempotency-marker', type, idempotencyKey);
  return { ...message, envelope: withChanges(message.envelope, { id }) };
}

/**
 * At most one send per idempotency key: calls for one marker run one after the other, and each first looks whether an earlier one,
 * of this or any other process, was accepted. Two processes at the same instant may both send: the id is the same, so that is
 * one task said twice, which is harmless.
 */
export class Idempotency {
  readonly #flights = new Map<string, Promise<unknown>>();
  readonly #recent = new Map<string, string>();

  constructor(
    private readonly results: () => Pick<Results, 'lookup'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * Runs `send` unless the marker is there.
   * @param id the marker's, see {@link markerOf}
   * @returns whether this was a replay
   * @throws SunbeonError `IDEMPOTENCY_CONFLICT`, and what `send` throws; after that the key is free again
   */
  async once(id: string, hash: string, send: () => Promise<void>): Promise<boolean> {
    for (let flight = this.#flights.get(id); flight !== undefined; flight = this.#flights.get(id)) {
      await Promise.allSettled([flight]); // its failure is told to its own caller
    }
    const flight = this.#decide(id, hash, send);
    this.#flights.set(id, flight);
    try {
      return await flight;
    } finally {
      this.#flights.delete(id);
    }
  }

  async #decide(id: string, hash: string, send: () => Promise<void>): Promise<boolean> {
    const known = this.#recent.get(id) ?? (await this.#lookup(id))?.payloadHash;
    if (known === undefined) {
      await send();
      this.#remember(id, hash);
      return false;
    }
    if (known === hash) return true;
    throw new SunbeonError('IDEMPOTENCY_CONFLICT', 'This idempotency key was used with another payload.', {
      hint: 'Send the first payload again, or use a new key.',
      facts: { id },
    });
  }

  #lookup(id: string): ReturnType<Results['lookup']> {
    return this.results().lookup(id, { sinceMs: this.clock.now() - KEYS_LAST_MS });
  }

  #remember(id: string, hash: string): void {
    this.#recent.set(id, hash);
    if (this.#recent.size <= REMEMBERED) return;
    const [oldest] = this.#recent.keys();
    this.#recent.delete(oldest!);
  }
}

/** SHA-256 of a payload whatever the order of its fields, in hex. */
export function payloadHash(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** JSON with sorted names; bytes as base64 with a mark, so that they differ from the same text. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `b"${Buffer.from(value).toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
