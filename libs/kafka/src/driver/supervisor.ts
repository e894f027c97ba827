import type { Clock } from '@sunbeon/core/ports';
import type { Events } from '@sunbeon/core/events';
import { SunbeonError } from '@sunbeon/core';
import { failureOf, isFenced, isPassing } from './errors.js';
import { watchStall } from './stall.js';

/** One life of a client. */
export interface Life {
  stop(): Promise<void>;
  /** It is given up; its stop follows, and may hang. */
  abandon?(): void;
}

export interface Supervised {
  /** Names the client in events, e.g. `consumer group-a`. */
  readonly name: string;
  readonly clock: Clock;
  readonly events: Events | undefined;
  /** A life of which nothing is heard for so long, in milliseconds, is given up for another one. */
  readonly stallTimeoutMs: number;
  /** When it last heard of its broker, in milliseconds since the epoch; undefined = never. */
  heardMs(): number | undefined;
  /** It died of what no other life would mend: none follows. */
  ended?(): void;
  /** Begins a life; `died` is called at most once if it ends by itself. */
  begin(died: (error: unknown) => void): Promise<Life>;
}

const FIRST_DELAY_MS = 1_000;
/** A broker that is back is found within so long; a hundred consumers ask it ten times a second. */
const MAX_DELAY_MS = 10_000;
/** A cluster that just started loads its group coordinators; on a large one that takes a while. */
const PATIENCE_MS = 60_000;
const PASSING_PAUSE_MS = 250;

/**
 * Keeps a client alive: when it dies it is built anew after 1 s, 2 s, … 10 s, for ever, until it is stopped or fenced. kafkajs itself
 * gives up for good on errors that it takes for final, a broker that is away for a minute among them.
 */
export class Supervisor {
  readonly #client: Supervised;
  #life: Life | undefined;
  #beginning: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #failures = 0;

  constructor(client: Supervised) {
    this.#client = client;
  }

  /** The first life: if it cannot begin, nothing is supervised and the error is thrown. What passes by itself is waited out. */
  async start(): Promise<void> {
    const first = this.#beginPatiently();
    this.#beginning = first.then(
      () => undefined,
      () => undefined, // the caller of start gets it
    );
    await first;
  }

  /** Ends the present life, or the attempt at one, and lets no other follow. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#beginning;
    const life = this.#life;
    this.#life = undefined;
    await life?.stop();
  }

  async #beginPatiently(): Promise<void> {
    const { clock } = this.#client;
    for (const until = clock.now() + PATIENCE_MS; ;) {
      try {
        return await this.#begin();
      } catch (error) {
        if (!isPassing(error) || clock.now() >= until || this.#stopped) throw error;
      }
      await new Promise<void>((resume) => clock.after(PASSING_PAUSE_MS, resume));
    }
  }

  async #begin(): Promise<void> {
    let over = false;
    let unwatch = (): void => undefined;
    const died = (error: unknown): void => {
      if (over) return;
      over = true;
      unwatch();
      this.#life = undefined;
      this.#died(error);
    };
    const life = await this.#client.begin(died);
    if (over) return;
    unwatch = watchStall({ ...this.#client, onStall: (ms) => this.#giveUp(life, () => died(silent(ms))) });
    this.#life = { stop: () => (unwatch(), life.stop()) };
  }

  #giveUp(life: Life, died: () => void): void {
    life.abandon?.();
    died();
    void life.stop(); // not awaited: what is silent may hang in its stop too
  }

  #died(error: unknown): void {
    if (this.#stopped) return;
    const { name, clock, events } = this.#client;
    const restarting = !isFenced(error);
    if (!restarting) this.#client.ended?.();
    events?.emit('client.failed', { client: name, error: failureOf(error, name), restarting });
    if (!restarting) return;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++);
    this.#cancel = clock.after(delayMs, () => {
      this.#beginning = this.#again();
    });
  }

  async #again(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      this.#died(error);
      return;
    }
    if (this.#life === undefined) return;
    this.#failures = 0;
    this.#client.events?.emit('client.recovered', { client: this.#client.name });
  }
}

function silent(silentMs: number): SunbeonError {
  const hint = 'Look at the broker and the network between; the client is built anew.';
  return new SunbeonError('BROKER_UNREACHABLE', `Nothing was heard for ${silentMs} ms.`, { hint });
}
