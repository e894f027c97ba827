import { decide } from '@sunbeon/core/decide';
import { DEFAULT_ON_ERROR } from '@sunbeon/core/error-policy';
import { withChanges } from '@sunbeon/core/envelope';
import { type Lane, Lanes } from '@sunbeon/core/lanes';
import type { Opened } from '@sunbeon/core/open';
import type { Clock, IncomingRecord } from '@sunbeon/core/ports';
import { type Run, runner, type RunDependencies } from '@sunbeon/core/run';
import { canonicalText, dropped, failed, type ShadowOutcome, succeeded } from '@sunbeon/core/shadow';
import { type QueueSlots, Slots } from '@sunbeon/core/slots';
import { type ErrorCode, type Failure, type Outcome, SunbeonError } from '@sunbeon/core';
import { brief } from './history.js';
import { laneOf } from './lane-of.js';

export interface ShadowWork {
  readonly record: IncomingRecord;
  readonly opened: Exclude<Opened, { kind: 'foreign' }>;
}

export interface ShadowRunOptions {
  readonly run: RunDependencies;
  readonly concurrency: number;
  /** Contracts with what of each may run at once. */
  readonly limits: ReadonlyMap<string, number | undefined>;
  /** Aborts: nothing begins any more, and what runs is told to end. */
  readonly released: AbortSignal;
  onOutcome(work: ShadowWork, outcome: ShadowOutcome): void;
}

/** What waits in memory, besides one fetch. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** Runs messages as a consumer would, those of one lane in their order, and settles nothing: it has nothing to settle with. */
export class ShadowRun {
  readonly #lanes = new Lanes<ShadowWork>();
  readonly #slots: QueueSlots;
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #broken = Promise.withResolvers<never>();
  #isOver = false;
  #bytes = 0;
  /** Something has ended since; whoever waits for it looks again. */
  #changed = Promise.withResolvers<void>();

  constructor(private readonly options: ShadowRunOptions) {
    const { run, concurrency, limits: contracts, released } = options;
    this.#clock = run.clock;
    this.#run = runner(shadowed(run));
    this.#slots = new Slots(concurrency).queue({ limit: undefined, contracts, begin: () => this.#begin() });
    this.#broken.promise.catch(() => undefined); // whoever waits next hears it
    released.addEventListener('abort', () => this.#break(stopped()), { once: true });
  }

  /** Resolves when there is room for more. @throws SunbeonError what all messages need is away, or it was stopped */
  async add(work: ShadowWork): Promise<void> {
    const contract = work.opened.envelope?.type ?? '';
    this.#bytes += bytesOf(work);
    this.#lanes.push({ lane: laneOf(work), contract }, work);
    this.#slots.ask();
    await this.#until(() => this.#lanes.waiting < MAX_WAITING && this.#bytes < MAX_WAITING_BYTES);
  }

  /** Resolves when all have ended. @throws SunbeonError as {@link add} */
  idle(): Promise<void> {
    return this.#until(() => this.#lanes.waiting + this.#lanes.running === 0);
  }

  /** Resolves when no handler runs any more; never rejects. */
  async ended(): Promise<void> {
    while (this.#lanes.running > 0) await this.#changed.promise;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (this.#isOver || !holds()) await Promise.race([this.#broken.promise, this.#changed.promise]);
  }

  #begin(): boolean {
    const taken = this.#isOver ? undefined : this.#lanes.take((contract) => this.#slots.mayRun(contract));
    if (taken === undefined) return false;
    const contract = taken.item.opened.envelope?.type ?? '';
    this.#slots.took(contract);
    void this.#work(taken.lane, taken.item).then(() => this.#slots.end(contract));
    return true;
  }

  async #work(lane: Lane<ShadowWork>, work: ShadowWork): Promise<void> {
    try {
      const { outcome, ended } = await this.#attempt(work);
      if (!this.#isOver) this.options.onOutcome(work, this.#judged(work, outcome));
      await ended;
    } catch (error) {
      this.#break(error);
    }
    this.#bytes -= bytesOf(work);
    this.#lanes.done(lane);
    this.#change();
  }

  /** Its deadline is over long since, and nobody waits for an answer: as for a replay. */
  async #attempt({ record, opened }: ShadowWork): Promise<{ outcome: Outcome; ended: Promise<void> | undefined }> {
    if (opened.kind === 'unreadable') return { outcome: { kind: 'unreadable', error: opened.error }, ended: undefined };
    const envelope = withChanges(opened.envelope, {
      deadlineMs: undefined,
      notBeforeMs: undefined,
      replyTo: undefined,
    });
    return this.#run({ record, envelope, binding: opened.binding }, this.options.released);
  }

  /** @throws SunbeonError of what nothing can be said about: what all messages need is away */
  #judged({ opened }: ShadowWork, outcome: Outcome): ShadowOutcome {
    const message = { attempt: 1, deadlineMs: undefined, retryingSinceMs: undefined };
    const onError = opened.kind === 'message' ? opened.binding.policy.onError : DEFAULT_ON_ERROR;
    const verdict = decide(outcome, message, { nowMs: this.#clock.now(), random: 0.5, onError, holdMs: undefined });
    if (verdict.kind === 'hold') throw away(verdict.error);
    if (verdict.kind === 'finish') return succeeded((verdict.output as Buffer | null)?.toString() ?? 'null');
    if (verdict.kind === 'drop') return dropped(verdict.reason);
    return failed(opened.envelope?.type ?? '', brief(verdict.error));
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #break(error: unknown): void {
    this.#isOver = true;
    this.#broken.reject(error);
    this.#change();
  }
}

/** What a handler returns is checked as ever, and its bytes are what is compared: no schema is registered. */
function shadowed(run: RunDependencies): RunDependencies {
  const { codec } = run;
  return {
    ...run,
    isShadow: true,
    codec: {
      contentType: codec.contentType,
      register: () => Promise.resolve(),
      fromJson: (subject, json) => codec.fromJson(subject, json),
      asRead: (subject, value) => codec.asRead(subject, value),
      encode: async (subject, value) => Buffer.from(canonicalText(codec.asRead(subject, value))),
      decode: (subject, value, contentType) => codec.decode(subject, value, contentType),
      decodeAny: (value) => codec.decodeAny(value),
    },
  };
}

function bytesOf({ record }: ShadowWork): number {
  return record.value?.length ?? 0;
}

function away({ code, message }: Failure): SunbeonError {
  return new SunbeonError(code as ErrorCode, message);
}

function stopped(): SunbeonError {
  return new SunbeonError('NOT_RUNNING', 'The shadow was stopped before it had run the whole range.');
}
