import { didYouMean, refuseUnknownOptions } from '@sunbeon/core/options';
import type { ConcurrencyLimits } from '@sunbeon/core/ports';
import { type QueueSlots, Slots } from '@sunbeon/core/slots';
import { SunbeonError } from '@sunbeon/core';
import type { BreakerChoice } from './breaker-options.js';

/** What a queue has otherwise than all. */
export interface QueueOptions {
  readonly concurrency?: number;
  readonly breaker?: BreakerChoice;
}

export interface ConcurrencyOptions {
  /** Handlers that run at once, in all consumers of the transport together. */
  readonly concurrency: number;
  /** Of single queues, by name: `<queue>`, or for events `<topic>.<group>`. Without the deployment's prefix. */
  readonly queues: Readonly<Record<string, QueueOptions>>;
}

/** How many handlers run at once: what was configured, and what it is changed to while they run. */
export class Concurrency {
  readonly slots: Slots;
  readonly #queues = new Map<string, { readonly slots: QueueSlots; readonly contracts: readonly string[] }>();

  constructor(private readonly options: ConcurrencyOptions) {
    this.slots = new Slots(options.concurrency);
  }

  /** The configured limit of a queue; undefined = as many as there are in total. */
  of(queue: string): number | undefined {
    return this.options.queues[queue]?.concurrency;
  }

  /** A queue that is consumed here from now on. */
  add(queue: string, slots: QueueSlots, contracts: readonly string[]): void {
    this.#queues.set(queue, { slots, contracts });
  }

  /** All or nothing. @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN` */
  set(limits: ConcurrencyLimits): void {
    refuseUnknownOptions(limits, ['total', 'queues', 'contracts'], WHERE);
    const { total, queues = {}, contracts = {} } = limits;
    if (total !== undefined) checkLimit('total', total);
    checkNamed('queue', queues, [...this.#queues.keys()]);
    checkNamed('contract', contracts, [...this.#queues.values()].flatMap((queue) => queue.contracts)); // prettier-ignore
    for (const [queue, limit] of Object.entries(queues)) this.#queues.get(queue)!.slots.setLimit(limit);
    for (const [contract, limit] of Object.entries(contracts))
      for (const { slots } of this.#queues.values()) slots.setContractLimit(contract, limit);
    if (total !== undefined) this.slots.setTotal(total);
  }
}

const WHERE = 'setConcurrency';

function checkNamed(
  what: 'queue' | 'contract',
  limits: Readonly<Record<string, number>>,
  known: readonly string[],
): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (!known.includes(name)) throw unknownName(WHERE, `${what} "${name}"`, didYouMean(name, known) ?? `Consumed here: ${known.join(', ') || 'none'}.`); // prettier-ignore
    checkLimit(`${what} "${name}"`, limit);
  }
}

function unknownName(where: string, what: string, hint: string): SunbeonError {
  return new SunbeonError('OPTION_UNKNOWN', `${where}: there is no ${what}.`, { hint, facts: { where, what } });
}

function checkLimit(name: string, limit: number): void {
  if (Number.isInteger(limit) && limit >= 1) return;
  throw new SunbeonError('OPTION_INVALID', `${WHERE}: ${name} is ${String(limit)}.`, {
    hint: 'Give a whole number of at least 1.',
    facts: { option: name, value: limit },
  });
}

/**
 * A queue that nothing here or elsewhere in the deployment has is a misspelt one.
 * @throws SunbeonError `OPTION_UNKNOWN`
 */
export function checkQueues(
  configured: Iterable<string>,
  known: { readonly queues: readonly string[]; readonly eventTopics: readonly string[] },
): void {
  for (const name of configured) {
    if (known.queues.includes(name) || known.eventTopics.some((topic) => name.startsWith(`${topic}.`))) continue;
    throw unknownName('kafkaTransport: consume.queues', `queue "${name}"`, didYouMean(name, known.queues) ?? `Queues: ${known.queues.join(', ') || 'none'}; of events <topic>.<group>.`); // prettier-ignore
  }
}
