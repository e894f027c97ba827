import { Fifo } from './fifo.js';

/** Where an item goes. */
export interface Place {
  /** Items of one lane run one at a time; undefined: a lane of its own. */
  readonly lane: string | undefined;
  /** Whose limit it counts against: a contract's name. */
  readonly contract: string;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly contract: string;
}

/** To be handed back to {@link Lanes.done}. */
export interface Lane<Item> {
  readonly name: string | undefined;
  readonly items: Fifo<Waiting<Item>>;
  busy: boolean;
  /** What stands at its head and waits for its time; nothing of the lane runs meanwhile. */
  held: Item | undefined;
}

/** The lanes whose next item is of one contract, in the order of their turn. */
interface Turn<Item> {
  readonly contract: string;
  readonly ready: Fifo<Lane<Item>>;
}

/**
 * Many queues in one: items of one lane run one at a time in the order they came, lanes run side by side. Contracts take turns,
 * and among the lanes of one contract the lanes do. Pure bookkeeping: it starts nothing and knows no clock.
 */
export class Lanes<Item> {
  readonly #lanes = new Map<string, Lane<Item>>();
  readonly #turns: Turn<Item>[] = [];
  readonly #turnOf = new Map<string, Turn<Item>>();
  /** Held ones without a name. */
  readonly #loose = new Set<Lane<Item>>();
  #next = 0;
  #waiting = 0;
  #running = 0;

  /** Items that wait, running ones not counted. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lanes whose next item may run. */
  get runnable(): number {
    return this.#turns.reduce((sum, { ready }) => sum + ready.length, 0);
  }

  /** Lanes that run now. */
  get running(): number {
    return this.#running;
  }

  /** @param isHeld it waits for its time, and its lane with it, until {@link wake}. @returns the lane it is in */
  push({ lane: name, contract }: Place, item: Item, isHeld = false): Lane<Item> {
    let lane = name === undefined ? undefined : this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, items: new Fifo(), busy: false, held: undefined };
      if (name !== undefined) this.#lanes.set(name, lane);
    }
    lane.items.push({ item, contract });
    this.#waiting++;
    if (lane.busy || lane.held !== undefined || lane.items.length > 1) return lane;
    if (!isHeld) this.#queue(lane);
    else {
      lane.held = item;
      if (name === undefined) this.#loose.add(lane);
    }
    return lane;
  }

  /**
   * The next item whose lane is free and whose contract may run one more, with the lane to hand back to {@link done}; undefined
   * when there is none.
   */
  take(mayRun: (contract: string) => boolean): { lane: Lane<Item>; item: Item } | undefined {
    for (let tried = this.#turns.length; tried > 0; tried--) {
      const { contract, ready } = this.#turns[this.#next]!;
      this.#next = (this.#next + 1) % this.#turns.length;
      if (ready.length === 0 || !mayRun(contract)) continue;
      const lane = ready.shift()!;
      lane.busy = true;
      this.#running++;
      this.#waiting--;
      return { lane, item: lane.items.shift()!.item };
    }
    return undefined;
  }

  /** The item taken from this lane is settled: its next one may run, after the lanes that wait longer. */
  done(lane: Lane<Item>): void {
    if (!lane.busy) return;
    lane.busy = false;
    this.#running--;
    if (lane.items.length > 0) this.#queue(lane);
    else if (lane.name !== undefined) this.#lanes.delete(lane.name);
  }

  /** The item taken from this lane stands at its head again; nothing of the lane runs until {@link wake}. */
  hold(lane: Lane<Item>, contract: string, item: Item): void {
    if (!lane.busy) return;
    lane.busy = false;
    this.#running--;
    lane.items.unshift({ item, contract });
    this.#waiting++;
    lane.held = item;
    if (lane.name === undefined) this.#loose.add(lane);
  }

  /** The lane runs again, if it is still held for this item. @param now what stands at its head instead of it */
  wake(lane: Lane<Item>, item: Item, now = item): void {
    if (lane.held !== item) return;
    lane.held = undefined;
    this.#loose.delete(lane);
    const { contract } = lane.items.shift()!;
    lane.items.unshift({ item: now, contract });
    this.#queue(lane);
  }

  /** Forgets the waiting items that `gone` names (a partition was taken away). Running ones end as they do. */
  forget(gone: (item: Item) => boolean): void {
    const loose = this.#turns.flatMap(({ ready }) => [...ready].filter(({ name }) => name === undefined));
    for (const lane of [...loose, ...this.#loose, ...this.#lanes.values()]) {
      this.#waiting -= lane.items.keep(({ item }) => !gone(item));
      if (lane.held !== undefined && lane.items.first?.item !== lane.held) this.#unheld(lane);
      if (lane.items.length === 0 && !lane.busy && lane.name !== undefined) this.#lanes.delete(lane.name);
    }
    // A lane without items has no turn; one whose next item is of another contract now queues up there.
    for (const turn of this.#turns) {
      const moved: Lane<Item>[] = [];
      turn.ready.keep((lane) => {
        const contract = lane.items.first?.contract;
        if (contract !== undefined && contract !== turn.contract) moved.push(lane);
        return contract === turn.contract;
      });
      for (const lane of moved) this.#queue(lane);
    }
  }

  #unheld(lane: Lane<Item>): void {
    lane.held = undefined;
    this.#loose.delete(lane);
    if (lane.items.length > 0) this.#queue(lane);
  }

  #queue(lane: Lane<Item>): void {
    const { contract } = lane.items.first!;
    let turn = this.#turnOf.get(contract);
    if (turn === undefined) {
      turn = { contract, ready: new Fifo() };
      this.#turnOf.set(contract, turn);
      this.#turns.push(turn);
    }
    turn.ready.push(lane);
  }
}
