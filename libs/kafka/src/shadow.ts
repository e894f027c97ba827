import { ContractRegistry } from '@sunbeon/core/contract';
import type { Events } from '@sunbeon/core/events';
import { opener } from '@sunbeon/core/open';
import { didYouMean } from '@sunbeon/core/options';
import type { Binding, Codec, ConsumerHealth, Message, Transport } from '@sunbeon/core/ports';
import { judgeShadow, type ShadowExample, type ShadowJudgement, type ShadowOutcome } from '@sunbeon/core/shadow';
import { inputSubject } from '@sunbeon/core/subjects';
import { SunbeonError, toFailure } from '@sunbeon/core';
import { matchesOf } from './act-order.js';
import { addressOf } from './address.js';
import { systemClock } from './clock.js';
import { RESULTS_TOPIC, routeOf } from './names.js';
import type { ResolvedOptions } from './options.js';
import { Pace } from './pace.js';
import { ResultsReader } from './results.js';
import { scanBatches } from './scan.js';
import { orderOf, type ResolvedShadow } from './shadow-options.js';
import { outcomeKey, type Past, type PastDependencies, recall, survey } from './shadow-past.js';
import { ShadowRun, type ShadowWork } from './shadow-run.js';

/** Of what is not the same so many are shown. */
const MAX_EXAMPLES = 20;

/**
 * A transport that runs messages of the past, compares what becomes of them with what became, and settles nothing. It has no producer,
 * joins no group and commits nothing: so whenever its process dies, nothing of it is left behind.
 */
export class Shadow implements Transport {
  readonly codec: Codec;
  readonly results: ResultsReader;
  readonly #released = new AbortController();
  readonly #counts = { same: 0, different: 0, mended: 0, failed: 0, unknown: 0 } satisfies Record<ShadowJudgement, number>; // prettier-ignore
  readonly #followUps = new Map<string, number>();
  readonly #examples: ShadowExample[] = [];
  #matched = 0;
  #run: ShadowRun | undefined;

  constructor(
    private readonly options: ResolvedOptions,
    readonly events: Events,
    private readonly shadow: ResolvedShadow,
  ) {
    this.codec = options.codec;
    const results = { ...options.results, follow: 'none' } as const;
    this.results = new ResultsReader({ ...options, clock: systemClock, events, topic: options.prefix + RESULTS_TOPIC, options: results, random: Math.random }); // prettier-ignore
  }

  /** Nothing is made that is missing. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Checks what is sent, counts it, and does not send it. @throws SunbeonError `PAYLOAD_INVALID` */
  async send(messages: readonly Message[]): Promise<void> {
    for (const { contract, payload } of messages) {
      this.codec.asRead(inputSubject(contract), payload);
      this.#followUps.set(contract.name, (this.#followUps.get(contract.name) ?? 0) + 1);
    }
  }

  noteQueued(): Promise<void> {
    return Promise.resolve();
  }

  /** Begins; `shadow.ended` says when it is over. @throws SunbeonError `OPTION_INVALID` where nothing here handles the queue */
  consume(bindings: readonly Binding[]): Promise<void> {
    const nameOf = ({ contract, group }: Binding): string => routeOf(contract, group).base;
    const own = bindings.filter((binding) => nameOf(binding) === this.shadow.queue);
    if (own.length === 0) return Promise.reject(noHandler(this.shadow.queue, bindings.map(nameOf)));
    void this.#compareAll(own).then(
      () => this.#end(),
      (error: unknown) => this.#end(error),
    );
    return Promise.resolve();
  }

  /** What runs is told to end, and waited for. */
  async drain(): Promise<void> {
    this.#released.abort();
    if (this.#run === undefined) return;
    const { drainTimeoutMs } = this.options.consume;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = systemClock.after(drainTimeoutMs, resolve);
    await Promise.race([this.#run.ended(), late]).finally(cancel);
  }

  async stop(): Promise<void> {
    await this.drain();
    await this.results.stop();
    await (await this.options.road.admin()).disconnect();
  }

  health(): readonly ConsumerHealth[] {
    return [];
  }

  /** Its concurrency is its option. */
  setConcurrency(): void {
    throw new SunbeonError('OPTION_INVALID', 'A shadow has its concurrency from its options.', {
      hint: 'Give shadow.concurrency to kafkaTransport.',
    });
  }

  async #compareAll(bindings: readonly Binding[]): Promise<void> {
    const { maxRecords, dryRun } = this.shadow;
    const deps = this.#past(bindings);
    const order = orderOf(this.shadow, deps.route.topic);
    const past = await survey(deps, order, maxRecords);
    this.#matched = past.matched;
    if (dryRun || past.matched === 0) return;
    await recall(deps, past);
    if (this.#released.signal.aborted) throw new SunbeonError('NOT_RUNNING', 'The shadow was stopped before it began.');
    await this.#runAll(bindings, deps, { past, isMeant: matchesOf(order) });
  }

  async #runAll(
    bindings: readonly Binding[],
    deps: PastDependencies,
    { past, isMeant }: { readonly past: Past; readonly isMeant: ReturnType<typeof matchesOf> },
  ): Promise<void> {
    const run = (this.#run = this.#runner(bindings, (work, is) => {
      this.#judge(work, past.outcomes.get(outcomeKey(work.record, work.opened, deps.group)), is);
    }));
    const pace = new Pace(this.shadow.rate, systemClock);
    const range = { topic: deps.route.topic, partitions: [...past.ends.keys()], from: past.from, to: past.ends };
    await scanBatches(this.options.road, range, async (records) => {
      for (const record of records) {
        const opened = isMeant(record) ? deps.open(record) : undefined;
        if (opened === undefined || opened.kind === 'foreign') continue;
        await pace.take(1);
        await run.add({ record, opened });
      }
    });
    await run.idle();
  }

  #runner(bindings: readonly Binding[], onOutcome: (work: ShadowWork, is: ShadowOutcome) => void): ShadowRun {
    const { codec, middlewares, source } = this.options;
    const send: Transport['send'] = (messages) => this.send(messages);
    const limits = new Map(bindings.map(({ contract, policy }) => [contract.name, policy.concurrency]));
    return new ShadowRun({
      run: { codec, middlewares, source, clock: systemClock, events: this.events, send },
      concurrency: this.shadow.concurrency,
      limits,
      released: this.#released.signal,
      onOutcome,
    });
  }

  #past(own: readonly Binding[]): PastDependencies {
    const { road, codec, prefix, contracts } = this.options;
    const [{ contract, group }] = own as [Binding];
    const route = routeOf(contract, group, prefix);
    const bindings = new Map(own.map((binding) => [binding.contract.name, binding]));
    const open = opener({ bindings, contracts: new ContractRegistry(contracts), topic: route.topic });
    const known = new Map(own.map((binding) => [binding.contract.name, binding.contract]));
    return { road, codec, route, group, open, contracts: known, resultsTopic: prefix + RESULTS_TOPIC };
  }

  #judge({ record, opened }: ShadowWork, was: ShadowOutcome | undefined, is: ShadowOutcome): void {
    const judgement = judgeShadow(was, is);
    this.#counts[judgement]++;
    const { id = '', type: contract = '' } = opened.envelope ?? {};
    const example = { judgement, id, contract, address: addressOf(record), was: was?.shown, is: is.shown };
    if (judgement !== 'same' && this.#examples.length < MAX_EXAMPLES) this.#examples.push(example);
    this.events.emit('shadow.compared', example);
  }

  #end(error?: unknown): void {
    const compared = Object.values(this.#counts).reduce((sum, one) => sum + one, 0);
    this.events.emit('shadow.ended', {
      queue: this.shadow.queue,
      matched: this.#matched,
      compared,
      ...this.#counts,
      followUps: Object.fromEntries(this.#followUps),
      examples: this.#examples,
      ...(error === undefined ? {} : { error: toFailure(error) }),
    });
  }
}

function noHandler(queue: string, known: readonly string[]): SunbeonError {
  const names = [...new Set(known)].sort();
  return new SunbeonError('OPTION_INVALID', `kafkaTransport: shadow.queue: nothing here handles "${queue}".`, {
    hint: didYouMean(queue, names) ?? `Handled here: ${names.join(', ') || 'nothing'}; of events <topic>.<group>.`,
    facts: { queue },
  });
}
