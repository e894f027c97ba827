import type { Cluster, EachBatchPayload } from 'kafkajs';
import type { Committed, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import { type GroupHooks, REJOIN } from '../patches/group-hooks.js';
import { type CoordinatedCluster, makeStatic } from '../patches/static-membership.js';
import { cooperativeAssigner, type HookedAssigner, readBasis } from './assigner.js';
import { type Basis, isPresent } from './basis.js';
import type { DriverContext } from './client.js';
import { rootOf } from './errors.js';
import * as kafka from './internals.js';
import { byTopic, type GroupInternals, idOf, type OffsetManager, setPosition } from './internals.js';
import { type Change, type Held, Ownership } from './ownership.js';
import { toIncoming } from './records.js';
import type { Claims } from './share.js';

/** After a group coordinator did not say what is committed. */
const ASK_AGAIN_MS = 1_000;

/** One kafkajs client, of those that carry a membership one after the other. */
export type Client = symbol;

/**
 * The membership of a group: what is ours through rebalances and through the death of the client that carries it. A partition
 * that stays goes on where it was; one that shall go is drained while the rest goes on, and only then given out anew.
 */
export class Membership {
  readonly ownership = new Ownership();
  readonly #paused = new Set<string>();
  readonly #same = new kafka.SameMember();
  readonly #joined: (() => void)[] = [];
  #client: Client | undefined;
  #receiver: RoadReceiver | undefined;
  /** Undefined: not a member now. */
  #group: GroupInternals | undefined;
  /** Of the latest generation: it keeps the fetch positions. */
  #manager: OffsetManager | undefined;
  #joining: GroupInternals | undefined;
  /** When the broker last said that we are a member. */
  #confirmedMs = 0;
  /** How often we have said what we have. What is taken over must be what was said since. */
  #claims = 0;
  /** Something was let go after we last said what we have. */
  #isDue = false;
  /** Since a topic was seen missing: positions may be those of another topic that had its name. */
  #isSuspect = false;
  #isEnded = false;
  /** Of the latest assignment; of static members only. */
  #basis: Basis | undefined;

  constructor(private readonly context: DriverContext) {}

  begin(receiver: RoadReceiver): void {
    this.#receiver = receiver;
  }

  /** From now on the membership is carried by this client; a former one may still be ending, and changes nothing any more. */
  carriedBy(client: Client): (cluster: Cluster) => HookedAssigner {
    this.#client = client;
    const hooks: GroupHooks = {
      joinsAside: true,
      beforeJoin: (group) => this.#beforeJoin(group, client),
      afterJoin: (group) => (client === this.#client && !this.#isEnded ? this.#afterJoin(group) : undefined),
      joinFailed: (group) => this.#joinEnded(group),
      topicMissing: () => this.topicMissing(client),
      // A client that died leaves its membership to the next one, a static member to the next process.
      mayLeave: () => this.#isEnded && client === this.#client && this.context.instanceId === undefined,
    };
    return (cluster) => {
      this.#makeStatic(cluster);
      return cooperativeAssigner(cluster, hooks, () => this.#say());
    };
  }

  #makeStatic(cluster: Cluster): void {
    const { instanceId } = this.context;
    if (instanceId === undefined) return;
    const onAssignment = (bytes: Buffer): void => void (this.#basis = readBasis(bytes));
    makeStatic(cluster as unknown as CoordinatedCluster, { instanceId, onAssignment });
  }

  /** The client is dead or given up: nothing comes and nothing can be committed, but what is ours stays ours for now. */
  dropped(client: Client): void {
    if (client !== this.#client) return;
    this.#client = this.#group = this.#joining = undefined;
    this.#tell();
  }

  end(): void {
    this.#isEnded = true;
    this.#receiver = undefined;
    this.#group?.resume([]); // wakes a fetch that sleeps since all is paused: the stop waits for it
    this.#group = undefined;
    this.ownership.loseAll();
    this.#tell();
  }

  /** Another process has our name in the group, and with it what was ours. */
  fenced(): void {
    this.#group = undefined;
    this.#lose(this.ownership.loseAll());
    this.end();
  }

  get isMember(): boolean {
    return this.#group !== undefined;
  }

  get isJoining(): boolean {
    return this.#joining !== undefined;
  }

  /** For commits: of the present generation. */
  get manager(): OffsetManager | undefined {
    return this.#group?.offsetManager;
  }

  topicMissing(client = this.#client): void {
    if (client !== this.#client || this.#isSuspect) return;
    this.#isSuspect = true;
    this.#rejoin();
  }

  confirmed(client: Client, tookMs: number): void {
    if (client !== this.#client) return;
    this.#confirmedMs = this.context.clock.now() - tookMs;
    // Asked for in the moment in which a join ended: it was taken for that one.
    if (this.#isDue && !this.isJoining) this.#rejoin();
  }

  pause(partitions: readonly TopicPartition[]): void {
    const held = partitions.filter((partition) => this.ownership.holds(partition));
    for (const partition of held) this.#paused.add(idOf(partition));
    this.#group?.pause(byTopic(held));
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#group?.resume(byTopic(partitions.filter((partition) => this.#paused.delete(idOf(partition)))));
  }

  /** Resolves when a commit that was refused through this manager can be tried through another, or can not. */
  async afterGeneration(manager: OffsetManager): Promise<void> {
    if (this.manager === manager) await new Promise<void>((resolve) => this.#joined.push(resolve));
  }

  /** What is not handed over is not resolved either: it is fetched again when its time comes. */
  receive({ batch, resolveOffset, isRunning, isStale }: EachBatchPayload, client: Client): void {
    const group = this.#group;
    if (group === undefined || client !== this.#client || group.offsetManager !== this.#manager) return;
    if (!isRunning() || isStale() || !this.ownership.holds(batch) || this.#paused.has(idOf(batch))) return;
    if (!this.isConfirmed() || !kafka.isAtPosition(group, batch)) return;
    const records = toIncoming(batch);
    this.#receiver?.onRecords(records);
    resolveOffset(String(records.at(-1)!.offset));
  }

  /** False after a process was stopped for longer than its session: what we hold may be another member's already. */
  isConfirmed(): boolean {
    return this.isJoining || this.context.clock.now() - this.#confirmedMs < this.context.sessionTimeoutMs;
  }

  #beforeJoin(group: GroupInternals, client: Client): void {
    if (client !== this.#client || this.#isEnded) throw new Error('This client has ended.');
    this.#joining = group;
    this.#same.beforeJoin(group);
    this.#loseUnlessMember(group);
  }

  /** Called for each join request, also for one that is tried again as another member. */
  #say(): Claims {
    if (this.#joining !== undefined) this.#loseUnlessMember(this.#joining);
    this.#claims++;
    this.#isDue = false;
    return this.ownership.claims();
  }

  #loseUnlessMember({ memberId }: GroupInternals): void {
    const lost = this.ownership.loseUnless(memberId);
    if (lost.length === 0) return;
    this.#group = undefined;
    this.#lose(lost);
    this.#tell();
  }

  #lose(lost: readonly Held[]): void {
    for (const one of lost) this.#paused.delete(idOf(one));
    if (lost.length > 0) this.#receiver?.onLost(lost);
  }

  /** Up to the first `await` nothing is fetched or handed over: the old generation ends and the new one begins in one step. */
  async #afterJoin(group: GroupInternals): Promise<void> {
    this.#same.afterJoin(group);
    this.#loseUnlessMember(group);
    this.#confirmedMs = this.context.clock.now();
    this.#isDue ||= this.#isTakenOverInPart(group);
    const assigned = group.assigned().flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))); // prettier-ignore
    const change = this.ownership.change(group.memberId, group.generationId, assigned);
    this.#carryOver(group, change);
    this.#tell();
    this.#letGo(change.gone);
    await this.#welcome(group, change);
    this.#joinEnded(group);
    if (this.#isDue) setImmediate(() => this.#rejoin());
  }

  #joinEnded(group: GroupInternals): void {
    if (this.#joining === group) this.#joining = undefined;
  }

  /** A static member that begins: what it got may have been given out long before, to the process before it. */
  #isTakenOverInPart(group: GroupInternals): boolean {
    const isNew = !this.ownership.isOf(group.memberId);
    return (
      isNew && this.context.instanceId !== undefined && !isPresent(this.#basis, group.partitionsPerSubscribedTopic)
    );
  }

  #carryOver(group: GroupInternals, { kept, gone, returning, fresh }: Change): void {
    for (const one of kept) {
      const position = kafka.positionIn(this.#manager, one);
      if (Number(position) >= 0) setPosition(group.offsetManager, one, position!);
    }
    this.#group = group;
    this.#manager = group.offsetManager;
    for (const one of gone) this.#paused.delete(idOf(one));
    group.resume(byTopic(fresh));
    group.pause(byTopic([...returning, ...kept.filter((one) => this.#paused.has(idOf(one)))]));
  }

  /** New ones, with what their last owner committed; and those kept ones of whose commits the broker knows no more. */
  async #welcome(group: GroupInternals, { kept, fresh }: Change): Promise<void> {
    const known = kept.filter(({ committed }) => committed || this.#isSuspect);
    const committed = await this.#committed(group, [...fresh, ...known]);
    if (committed === 'superseded') return;
    if (committed === undefined) return this.#receiver?.onAssigned([]);
    this.#isSuspect = false;
    // Offsets of a group that has members vanish only with their topic: it was deleted, and another one has its name.
    const remade = known.filter((one) => !committed.has(idOf(one)) && this.ownership.get(one) === one);
    this.ownership.lose(remade);
    this.#lose(remade);
    for (const one of remade) kafka.forgetPosition(group.offsetManager, one);
    this.#handOver(group, [...fresh, ...remade], committed);
  }

  async #committed(
    group: GroupInternals,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, Committed> | 'superseded' | undefined> {
    const said = this.#claims;
    const committed = await kafka.fetchCommitted(group, partitions).catch((error: unknown) => {
      this.context.warn(`What "${group.groupId}" has committed could not be read: ${rootOf(error).message}`);
      this.context.clock.after(ASK_AGAIN_MS, () => this.#rejoin());
    });
    // Said in between: we do not have them. They may be another member's by now.
    return this.#claims === said && this.#group === group ? (committed ?? undefined) : 'superseded';
  }

  #handOver(group: GroupInternals, partitions: readonly TopicPartition[], committed: Map<string, Committed>): void {
    this.ownership.take(partitions);
    for (const one of partitions) {
      const position = committed.get(idOf(one))?.offset;
      if (position !== undefined) setPosition(group.offsetManager, one, String(position));
    }
    group.resume(byTopic(partitions));
    this.#receiver?.onAssigned(partitions.map((one) => ({ ...one, committed: committed.get(idOf(one)) })));
  }

  #letGo(gone: readonly Held[]): void {
    if (gone.length === 0) return;
    const partitions = gone.map(({ topic, partition }) => ({ topic, partition }));
    const drained = new Promise<void>((resolve) => resolve(this.#receiver?.onRevoked(partitions)));
    void drained
      .catch((error: unknown) => this.context.warn(`A revocation ended with an error: ${rootOf(error).message}`))
      .then(() => this.#drained(gone));
  }

  #drained(gone: readonly Held[]): void {
    const released = this.ownership.release(gone);
    const group = this.#group;
    const back = released.filter((one) => this.ownership.isAssigned(one));
    if (group !== undefined && back.length > 0) void this.#takeBack(group, back);
    if (released.length > back.length || (group === undefined && released.length > 0)) this.#rejoin();
  }

  /** Given back to us while it was drained: it begins anew, from what was committed. */
  async #takeBack(group: GroupInternals, partitions: readonly Held[]): Promise<void> {
    const committed = await this.#committed(group, partitions);
    if (committed instanceof Map) this.#handOver(group, partitions, committed);
  }

  /** Makes the leader give out what we have let go. */
  #rejoin(): void {
    this.#isDue = true;
    if (!this.#isEnded) this.#group?.[REJOIN]?.();
  }

  #tell(): void {
    for (const resolve of this.#joined.splice(0)) resolve();
  }
}
