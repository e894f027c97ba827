import { Fifo } from './fifo.js';

/** What a queue brings. */
export interface QueueOptions {
  /** Of this queue's at most so many run at once; undefined = as many as there are in total. */
  readonly limit: number | undefined;
  /** Contracts of the queue, with their limit. */
  readonly contracts: ReadonlyMap<string, number | undefined>;
  /**
   * Begins one piece of work, and says so by {@link QueueSlots.took}. Called when there is room in total and in the queue; its
   * contract may still be at its limit.
   * @returns false when there is nothing to begin now
   */
  begin(slots: QueueSlots): boolean;
}

/**
 * How many handlers run at once: in total, per queue and per contract. While the total is scarce, queues that have work take
 * turns: in a round, one piece of work of each begins. All limits may change at any time; what runs above a lowered one ends as
 * it does, and nothing begins until there is room.
 */
export class Slots {
  readonly #total: Total;

  constructor(total: number) {
    this.#total = new Total(total);
  }

  get running(): number {
    return this.#total.running;
  }

  setTotal(limit: number): void {
    this.#total.limit = limit;
    this.#total.give();
  }

  /** Nothing begins in any queue until {@link resume}. `changed` is called when slots may have come free meanwhile. */
  hold(changed: () => void): void {
    this.#total.held = changed;
  }

  resume(): void {
    this.#total.held = undefined;
    this.#total.give();
  }

  queue(options: QueueOptions): QueueSlots {
    return new QueueSlots(options, this.#total);
  }
}

class Total {
  running = 0;
  /** Queues that may have work to begin, each once, in the order of their turn. */
  readonly turns = new Fifo<QueueSlots>();
  /** Nothing is given; whoever holds is told that there might have been. */
  held: (() => void) | undefined;
  #giving = false;

  constructor(public limit: number) {}

  /** Work that begins may ask for more at once: one loop gives, and sees what was asked for meanwhile. */
  give(): void {
    if (this.#giving) return;
    if (this.held !== undefined) return this.held();
    this.#giving = true;
    try {
      while (this.running < this.limit && this.held === undefined) {
        const queue = this.turns.shift();
        if (queue === undefined) return;
        queue.turn();
      }
    } finally {
      this.#giving = false;
    }
  }
}

interface Share {
  running: number;
  limit: number | undefined;
}

/** The slots of one queue. */
export class QueueSlots {
  readonly #shares = new Map<string, Share>();
  #running = 0;
  #limit: number | undefined;
  #isInTurn = false;

  constructor(
    private readonly options: QueueOptions,
    private readonly total: Total,
  ) {
    this.#limit = options.limit;
    for (const [contract, limit] of options.contracts) this.#shares.set(contract, { running: 0, limit });
  }

  get running(): number {
    return this.#running;
  }

  /** How many may run at once now: the queue's own limit, or the total if that is lower. */
  get limit(): number {
    return Math.min(this.#limit ?? Infinity, this.total.limit);
  }

  /** There may be work to begin: new records, or a lane that is free again. */
  ask(): void {
    this.#queueUp();
    this.total.give();
  }

  /** Whether the contract is below its limit. */
  mayRun(contract: string): boolean {
    const share = this.#shares.get(contract);
    return share?.limit === undefined || share.running < share.limit;
  }

  /** A piece of work has begun: it has a slot until {@link end}. */
  took(contract: string): void {
    this.#count(contract, 1);
  }

  /** It has ended: its slot is free, for whose turn it is. */
  end(contract: string): void {
    this.#count(contract, -1);
    this.ask();
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    this.ask();
  }

  /** Of a contract that the queue does not have: nothing. */
  setContractLimit(contract: string, limit: number): void {
    const share = this.#shares.get(contract);
    if (share === undefined) return;
    share.limit = limit;
    this.ask();
  }

  /** For {@link Slots}: its turn has come. It queues up again behind the others as long as it has work. */
  turn(): void {
    this.#isInTurn = false;
    if (this.#hasRoom() && this.options.begin(this)) this.#queueUp();
  }

  #queueUp(): void {
    if (this.#isInTurn || !this.#hasRoom()) return; // without room it asks again when something of it ends
    this.#isInTurn = true;
    this.total.turns.push(this);
  }

  #hasRoom(): boolean {
    return this.#limit === undefined || this.#running < this.#limit;
  }

  #count(contract: string, by: 1 | -1): void {
    const share = this.#shares.get(contract);
    if (share !== undefined) share.running += by;
    this.#running += by;
    this.total.running += by;
  }
}
