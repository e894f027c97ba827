import type { Lane, Lanes } from '@sunbeon/core/lanes';
import type { Clock } from '@sunbeon/core/ports';
import type { Held, Work } from './attempt.js';
import type { GroupMember } from './group-member.js';
import { laneIsFull } from './holds.js';
import { holdOf } from './lane-of.js';
import { pause } from './writer.js';

export interface HeldLanesDependencies {
  readonly clock: Clock;
  /** Called when there may be work to begin. */
  readonly ask: () => void;
}

/** Lanes that wait for a failed message: without a slot, its offset unfinished, what is behind it bounded by its policy. */
export class HeldLanes {
  constructor(
    private readonly lanes: Lanes<Work>,
    private readonly member: Pick<GroupMember, 'rests'>,
    private readonly deps: HeldLanesDependencies,
  ) {}

  /** A record that was read: into its lane, or as what its lane waits for, if an earlier owner left it so. */
  place(work: Work): void {
    const { lane: name, contract, opened, marks } = work;
    const untilMs = marks === undefined ? 0 : (opened.envelope?.notBeforeMs ?? 0);
    const lane = this.lanes.push({ lane: name, contract }, work, untilMs > this.deps.clock.now());
    if (lane.held === work) this.#wakeAt(lane, { work, untilMs });
    else if (lane.held !== undefined) this.#refuseFull(lane, lane.held);
  }

  /** @returns false when its partition goes: the next owner reads it again, and what was noted of it */
  hold(lane: Lane<Work>, held: Held): boolean {
    const { owned, record, contract } = held.work;
    this.member.rests(owned, record.offset);
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
    void pause(this.deps.clock, Math.max(0, untilMs - this.deps.clock.now()), work.owned.leaving).then(() => {
      this.lanes.wake(lane, work);
      this.deps.ask();
    });
  }

  /** So many wait behind it that it is buried: that bounds what waits in memory. */
  #refuseFull(lane: Lane<Work>, head: Work): void {
    const behind = lane.items.length - 1;
    if (behind <= (holdOf(head)?.maxBehind ?? Infinity)) return;
    this.lanes.wake(lane, head, { ...head, refused: laneIsFull(behind) });
    this.deps.ask();
  }
}
