import type { Lane, Lanes } from '@sunbeon/core/lanes';
import type { Clock } from '@sunbeon/core/ports';
import type { Held, Work } from './attempt.js';
import { laneIsFull } from './holds.js';
import type { Owned } from './partitions.js';
import { holdOf } from './lane-of.js';
import { pause } from './writer.js';

/** Lanes that wait for a failed message: without a slot, its offset unfinished, what is behind it bounded by its policy. */
export class HeldLanes {
  /** What each waits for. */
  readonly #held = new Map<Lane<Work>, Work>();

  /** @param ask called when there may be work to begin */
  constructor(
    private readonly lanes: Lanes<Work>,
    private readonly clock: Clock,
    private readonly ask: () => void,
  ) {}

  /** A record that was read: into its lane, or as what its lane waits for, if an earlier owner left it so. */
  place(work: Work): void {
    const { lane: name, contract } = work;
    const untilMs = this.#dueOf(work);
    const lane = this.lanes.push({ lane: name, contract }, work, untilMs > this.clock.now());
    if (lane.held === work) this.#wakeAt(lane, { work, untilMs });
    else if (lane.held !== undefined) this.#refuseFull(lane, lane.held);
  }

  /** When it was noted and its time has not come: another one stood before it in its lane when it was read. */
  isEarly(lane: Lane<Work>, work: Work): boolean {
    const untilMs = this.#dueOf(work);
    if (untilMs <= this.clock.now()) return false;
    this.lanes.hold(lane, work.contract, work);
    this.#wakeAt(lane, { work, untilMs });
    return true;
  }

  /**
   * Nothing more of this partition can be read, for most of what waits of it waits behind failed messages: the one with most behind
   * it is buried, so that other keys flow.
   */
  relieve(owned: Owned): void {
    const held = [...this.#held].filter(([{ held: head }]) => head?.owned === owned);
    const behind = held.reduce((sum, [lane]) => sum + lane.items.length - 1, 0);
    if (behind * 2 < owned.waiting) return;
    const [most] = held.sort(([a], [b]) => b.items.length - a.items.length);
    if (most !== undefined) this.#refuse(most[0], most[0].held!);
  }

  #dueOf(work: Work): number {
    if (work.marks === undefined || work.refused !== undefined) return 0;
    return work.opened.envelope?.notBeforeMs ?? 0;
  }

  /** @returns false when its partition goes: the next owner reads it again, and what was noted of it */
  hold(lane: Lane<Work>, held: Held): boolean {
    const { owned, contract } = held.work;
    if (owned.leaving.aborted) {
      this.lanes.done(lane);
      return false;
    }
    this.lanes.hold(lane, contract, held.work);
    this.#wakeAt(lane, held);
    this.#refuseFull(lane, held.work);
    return true;
  }

  #wakeAt(lane: Lane<Work>, { work, untilMs }: Held): void {
    this.#held.set(lane, work);
    void pause(this.clock, Math.max(0, untilMs - this.clock.now()), work.owned.leaving).then(() => {
      if (this.#held.get(lane) === work) this.#held.delete(lane);
      this.lanes.wake(lane, work);
      this.ask();
    });
  }

  /** So many wait behind it that it is buried: that bounds what waits in memory. */
  #refuseFull(lane: Lane<Work>, head: Work): void {
    const behind = lane.items.length - 1;
    if (behind > (holdOf(head)?.maxBehind ?? Infinity)) this.#refuse(lane, head);
  }

  #refuse(lane: Lane<Work>, head: Work): void {
    this.#held.delete(lane);
    this.lanes.wake(lane, head, { ...head, refused: laneIsFull(lane.items.length - 1) });
    this.ask();
  }
}
