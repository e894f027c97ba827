import { randomUUIDv7 } from 'node:crypto';
import { type Contract, ContractRegistry, isContract, SunbeonError } from '@sunbeon/core';
import { invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Notifications } from '@sunbeon/core/notifier';
import type { Policies } from '@sunbeon/core/policy';
import type { Clock, Transport } from '@sunbeon/core/ports';
import { checkThreads, type ThreadsOptions } from './threads/options.js';

/** What `SunbeonModule.forRoot` takes. */
export interface SunbeonOptions {
  /** The way to Kafka, for example `kafkaTransport({ … })`. The module starts and stops it. */
  readonly transport: Transport;
  /**
   * The deployment's contracts. A contract that a handler here is bound to counts as one of them; those named here too are
   * checked: of a queue that this process consumes, every task needs a handler in this process.
   */
  readonly contracts?: readonly Contract[];
  /** Who sends, as a URI-reference (CloudEvents 1.0.2, `source`): the application's name. Default: `sunbeon`. */
  readonly source?: string;
  /**
   * Whether to consume. Default: if there are handlers. `true`: refuse to start without. `false`: never, for a process that
   * shares its modules with the consumer. `{ queues }`: claim these queues too, so that a missing handler is refused at boot.
   */
  readonly consume?: boolean | { readonly queues?: readonly string[] };
  /** Policies above those of handlers and contracts, by a task's name or `<event>@<group>`. */
  readonly policies?: Policies;
  /** Where handlers with `isolate: 'thread'` run. Required if there are any. */
  readonly threads?: ThreadsOptions;
  /** Who is told when something fails, for example `notifications({ channels: { … } })`. The module starts and stops it. */
  readonly notify?: Notifications;
  /** How long `handle.result()` waits when the call does not say, in milliseconds. Default: 30,000. */
  readonly resultTimeoutMs?: number;
  /** Write what happens (buried, retried, lost clients, handlers' lines) with Nest's Logger. Default: true. */
  readonly log?: boolean;
  /** For tests. Default: the system's time. */
  readonly clock?: Pick<Clock, 'now'> & Partial<Clock>;
  /** For tests. Default: UUIDv7, so that ids sort by time. */
  readonly createId?: () => string;
}

/** The options with their defaults, checked once at boot. */
export interface SunbeonConfig extends Required<Omit<SunbeonOptions, 'consume' | 'clock' | 'threads' | 'notify'>> {
  readonly notify: Notifications | undefined;
  readonly threads: ThreadsOptions | undefined;
  readonly clock: Clock;
  readonly consume: boolean | undefined;
  /** Queues claimed beyond those that have a handler. */
  readonly claimedQueues: readonly string[];
}

/** Injection token of the {@link SunbeonConfig}. */
export const SUNBEON_CONFIG = Symbol('SUNBEON_CONFIG');
/** Injection token of the `Transport`: for results by id and for what is beyond the module. */
export const SUNBEON_TRANSPORT = Symbol('SUNBEON_TRANSPORT');

const WHERE = 'SunbeonModule';
const OPTIONS = [
  'transport',
  'contracts',
  'source',
  'consume',
  'policies',
  'threads',
  'notify',
  'resultTimeoutMs',
  'log',
  'clock',
  'createId',
];

/** @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`, `CONTRACT_DUPLICATE` */
export function validateOptions(options: SunbeonOptions): SunbeonConfig {
  refuseUnknownOptions(options, OPTIONS, WHERE);
  // An option that is there but undefined (an unset variable) is left out, not set.
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as SunbeonOptions;
  const config: SunbeonConfig = {
    source: 'sunbeon',
    contracts: [],
    policies: {},
    threads: undefined,
    notify: undefined,
    resultTimeoutMs: 30_000,
    log: true,
    createId: () => randomUUIDv7(),
    ...given,
    ...consumption(options.consume),
    clock: clockOf(options.clock ?? Date),
  };
  checkTransport(config.transport);
  checkContracts(config.contracts);
  if (config.notify !== undefined) checkNotify(config.notify);
  if (config.threads !== undefined) checkThreads(config.threads);
  checkTimeout(config.resultTimeoutMs, `${WHERE}: resultTimeoutMs`);
  if (!/^\S+$/.test(config.source))
    throw invalidOption(`${WHERE}: source`, config.source, 'Give a name without spaces, for example "shop-api".');
  return Object.freeze(config);
}

/** @throws SunbeonError `OPTION_INVALID` unless it is a number of milliseconds that a timer can wait */
export function checkTimeout(timeoutMs: number, where: string): void {
  if (Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= 2 ** 31 - 1) return;
  throw new SunbeonError('OPTION_INVALID', `${where} is ${timeoutMs}.`, {
    hint: 'Give milliseconds above 0, for example 5_000.',
    facts: { value: timeoutMs },
  });
}

function clockOf(given: NonNullable<SunbeonOptions['clock']>): Clock {
  const after = (delayMs: number, fn: () => void): (() => void) => {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  };
  return { now: () => given.now(), after: given.after?.bind(given) ?? after };
}

function consumption(consume: SunbeonOptions['consume']): Pick<SunbeonConfig, 'consume' | 'claimedQueues'> {
  if (consume === undefined || typeof consume === 'boolean') return { consume, claimedQueues: [] };
  refuseUnknownOptions(consume, ['queues'], `${WHERE}: consume`);
  return { consume: true, claimedQueues: consume.queues ?? [] };
}

function checkTransport(transport: Transport): void {
  const methods = ['start', 'stop', 'send', 'consume', 'health'] as const;
  if (methods.every((method) => typeof transport?.[method] === 'function')) return;
  throw invalidOption(`${WHERE}: transport`, typeof transport, 'Give a transport, for example kafkaTransport({ road, codec, contracts }).'); // prettier-ignore
}

function checkNotify(notify: Notifications): void {
  const methods = ['start', 'stop'] as const;
  if (methods.every((method) => typeof notify?.[method] === 'function') && Array.isArray(notify.channels)) return;
  throw invalidOption(
    `${WHERE}: notify`,
    typeof notify,
    'Give notifications({ channels: { log: log() } }) of @sunbeon/notify.',
  );
}

function checkContracts(contracts: readonly Contract[]): void {
  const bad = contracts.findIndex((contract) => !isContract(contract));
  if (bad >= 0) {
    throw invalidOption(`${WHERE}: contracts[${bad}]`, contracts[bad], 'Give what defineTask or defineEvent returned; undefined often means a circular import.'); // prettier-ignore
  }
  new ContractRegistry(contracts); // refuses two of one name
}
