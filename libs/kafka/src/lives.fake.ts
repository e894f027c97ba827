import type { RoadConsumer } from '@sunbeon/core/ports';
import { FakeClock } from '@sunbeon/testing';
import { Consume } from './consume.js';
import { ADD, bindingOf, buildRig, consumeDependencies, pass } from './rig.fake.js';

/** What a handler does in a process. `lasts`: half a second; `dies`: it takes it down; `hangs`: it runs until something else does. */
export type Does = 'ends' | 'lasts' | 'dies' | 'hangs';

const NEVER = new Promise<never>(() => undefined);

/** A consumer of its own process and clock. Killed, it does nothing any more, and its group finds out. */
export class Life {
  readonly began: number[] = [];
  readonly clock = new FakeClock();
  isDead = false;
  #member: RoadConsumer | undefined;
  #consume!: Consume;

  private constructor(private readonly does: (n: number) => Does) {}

  static async begin(lives: Lives, does: (n: number) => Does): Promise<Life> {
    const life = new Life(does);
    const { rig, options } = lives;
    const dependencies = consumeDependencies({ ...rig, clock: life.clock }, [bindingOf(ADD, (n) => life.#handle(n as number))], options); // prettier-ignore
    const road: typeof rig.road = {
      ...rig.road,
      consumer: async (of) => (life.#member = await rig.road.consumer(of)),
    };
    life.#consume = new Consume(rig.route, { ...dependencies, road });
    await life.#consume.start();
    return life;
  }

  async #handle(n: number): Promise<unknown> {
    if (this.isDead) return NEVER;
    this.began.push(n);
    const does = this.does(n);
    await new Promise<void>((resume) => (does === 'lasts' ? this.clock.after(500, resume) : resume()));
    if (does === 'dies') this.kill();
    return does !== 'hangs' && !this.isDead ? n : NEVER;
  }

  /** kill -9: it tells nobody, and its time stands still. */
  kill(): void {
    this.isDead = true;
    void this.#member?.disconnect();
  }

  /** Time passes, as long as it lives. */
  async lives(ms: number): Promise<void> {
    for (let passed = 0; passed < ms && !this.isDead; passed += 100) await pass(this.clock, Math.min(100, ms - passed));
  }

  async stop(): Promise<void> {
    if (!this.isDead) await Promise.all([this.#consume.stop(), pass(this.clock, 30_000)]);
  }
}

/** One process after the other, on one cluster in memory. */
export class Lives {
  readonly all: Life[] = [];

  private constructor(
    readonly rig: Awaited<ReturnType<typeof buildRig>>,
    readonly options: NonNullable<Parameters<typeof consumeDependencies>[2]>,
  ) {}

  static async build(options: Lives['options'] = {}, partitions = 1): Promise<Lives> {
    return new Lives(await buildRig({ partitions }), { maxDeliveries: 3, ...options });
  }

  async begin(does: (n: number) => Does): Promise<Life> {
    const life = await Life.begin(this, does);
    this.all.push(life);
    return life;
  }

  /** How often each number was begun. */
  begun(n: number): number {
    return this.all.flatMap(({ began }) => began).filter((one) => one === n).length;
  }

  values(topic: string): number[] {
    return this.rig.road.dumpTopic(topic).map(({ value }) => Number(value?.toString()));
  }
}
