import { Fifo } from './fifo.js';

interface Lane<Item> {
  readonly items: Fifo<Item>;
  busy: boolean;
}

/**
 * Many queues in one: items with the same key run one at a time in the order they came, lanes run side by side and take
 * turns. Pure bookkeeping: it starts nothing and knows no clock. An item without a key is a lane of its own.
 */
export class Lanes<Item> {
  readonly #lanes = new Map<string, Lane<Item>>();
  /** Lanes that have work and do not run, each once, in the order of their turn. */
  readonly #ready = new Fifo<string>();
  #waiting = 0;
  #running = 0;
  #loose = 0;

  /** Items that wait, running ones not counted. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lanes that run now. */
  get running(): number {
    return this.#running;
  }

  push(key: string | undefined, item: Item): void {
    const name = key === undefined ? `\0${this.#loose++}` : `k${key}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, (lane = { items: new Fifo(), busy: false }));
    lane.items.push(item);
    this.#waiting++;
    if (!lane.busy && lane.items.length === 1) this.#ready.push(name);
  }

  /** The next item whose lane is free, with the lane to hand back to {@link done}; undefined when none is. */
  take(): { lane: string; item: Item } | undefined {
    const name = this.#ready.shift();
    if (name === undefined) return undefined;
    const lane = this.#lanes.get(name)!;
    lane.busy = true;
    this.#running++;
    this.#waiting--;
    return { lane: name, item: lane.items.shift()! };
  }

  /** The item taken from this lane is settled: its next one may run, after the lanes that wait longer. */
  done(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined || !lane.busy) return;
    lane.busy = false;
    this.#running--;
    if (lane.items.length > 0) this.#ready.push(name);
    else this.#lanes.delete(name);
  }

  /** Forgets the waiting items that `gone` names (a partition was taken away). Running ones end as they do. */
  forget(gone: (item: Item) => boolean): void {
    for (const [name, lane] of this.#lanes) {
      this.#waiting -= lane.items.keep((item) => !gone(item));
      if (lane.items.length === 0 && !lane.busy) this.#lanes.delete(name);
    }
    this.#ready.keep((name) => this.#lanes.has(name));
  }
}
