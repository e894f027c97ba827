/**
 * Many queues in one: items with the same key run one at a time in the order they came, lanes run side by side and take
 * turns. Pure bookkeeping: it starts nothing and knows no clock. An item without a key is a lane of its own.
 */
export class Lanes<Item> {
  readonly #lanes = new Map<string, Item[]>();
  readonly #busy = new Set<string>();
  /** Lanes that have work and do not run, in the order of their turn; a Set keeps insertion order and removes in O(1). */
  readonly #ready = new Set<string>();
  #waiting = 0;
  #loose = 0;

  /** Items that wait, running ones not counted. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lanes that run now. */
  get running(): number {
    return this.#busy.size;
  }

  push(key: string | undefined, item: Item): void {
    const lane = key === undefined ? `\0${this.#loose++}` : `k${key}`;
    const items = this.#lanes.get(lane);
    if (items === undefined) this.#lanes.set(lane, [item]);
    else items.push(item);
    this.#waiting++;
    if (!this.#busy.has(lane)) this.#ready.add(lane);
  }

  /** The next item whose lane is free, with the lane to hand back to {@link done}; undefined when none is. */
  take(): { lane: string; item: Item } | undefined {
    const next = this.#ready.values().next();
    if (next.done === true) return undefined;
    const lane = next.value;
    this.#ready.delete(lane);
    this.#busy.add(lane);
    this.#waiting--;
    return { lane, item: this.#lanes.get(lane)!.shift()! };
  }

  /** The item taken from this lane is settled: its next one may run, after the lanes that wait longer. */
  done(lane: string): void {
    if (!this.#busy.delete(lane)) return;
    if (this.#lanes.get(lane)!.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(lane);
  }

  /** Forgets the waiting items that `gone` names (a partition was taken away). Running ones end as they do. */
  forget(gone: (item: Item) => boolean): void {
    for (const [lane, items] of this.#lanes) {
      const kept = items.filter((item) => !gone(item));
      this.#waiting -= items.length - kept.length;
      this.#lanes.set(lane, kept);
      if (kept.length > 0) continue;
      this.#ready.delete(lane);
      if (!this.#busy.has(lane)) this.#lanes.delete(lane);
    }
  }
}
