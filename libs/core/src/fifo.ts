/**
 * A first-in-first-out queue whose ends cost O(1). `Array.shift` moves the whole rest of a long array, and the first entry of a
 * Set is found by stepping over those deleted before it: with 100,000 waiting items either takes seconds.
 */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The oldest item, left where it is; undefined when there is none. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Before the oldest item. O(1) for what was just taken out. */
  unshift(item: Item): void {
    if (this.#head === 0) this.#items.unshift(item);
    else this.#items[--this.#head] = item;
  }

  /** The oldest item, taken out; undefined when there is none. */
  shift(): Item | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined; // lets go of it before the array is compacted
    this.#head++;
    if (this.#head >= 32 && this.#head * 2 >= this.#items.length) this.keep(() => true);
    return item;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at] as Item;
  }

  /** Forgets the items that `wanted` does not want. @returns how many were forgotten. */
  keep(wanted: (item: Item) => boolean): number {
    const before = this.length;
    this.#items = (this.#items.slice(this.#head) as Item[]).filter(wanted);
    this.#head = 0;
    return before - this.length;
  }
}
