import type { EventContract, PayloadOf, ReturnOf, TaskContract } from '@sunbeon/core';
import type { BatchItem, BatchLimits } from '@sunbeon/core/batch';
import { checkWhole, refuseUnknownOptions } from '@sunbeon/core/options';
import { type Policy, POLICY_OPTIONS, type PolicyOptions, policyOf } from '@sunbeon/core/policy';
import type { HandlerDecorator } from './decorators.js';
import { checkContract, checkGroup, whereOf } from './declaration.js';
import { noteHandler } from './metadata.accessor.js';

export interface BatchOptions extends PolicyOptions {
  /** Messages of one call at most. */
  readonly size: number;
  /** How long the first message of a batch waits for others, in milliseconds. Default: 20. */
  readonly lingerMs?: number;
}

export interface SubscribeBatchOptions extends BatchOptions {
  /** As with `@Subscribes`. */
  readonly group: string;
}

/** One outcome per item in their order, an Error for one that failed; of a task without output also nothing: all are done. */
type OutcomesOf<C extends TaskContract> =
  readonly (ReturnOf<C> | Error)[] | (C['output'] extends 'null' ? void : never);

/** The shape of a method that handles a task's messages many at a time. Each item has its own context. */
export type BatchTaskMethod<C extends TaskContract> = (
  items: readonly BatchItem<PayloadOf<C>>[],
) => OutcomesOf<C> | Promise<OutcomesOf<C>>;

/** The shape of a method that takes events many at a time. */
export type BatchEventMethod<C extends EventContract> = (items: readonly BatchItem<PayloadOf<C>>[]) => unknown;

/**
 * Binds a method to a task, many messages a call: when `size` are there, or `lingerMs` after the first. Each message stays an
 * attempt of its own, with its lane, time limit, retries and result; messages of one key never meet in a batch under order `key`.
 * Guards, pipes, interceptors and filters stand around the whole call: what they see as payload is the list of items.
 * @throws SunbeonError `HANDLER_UNBOUND`, `OPTION_UNKNOWN`, `OPTION_INVALID`, naming the class and the method
 */
export function HandlesBatch<C extends TaskContract>(
  contract: C,
  options: BatchOptions,
): HandlerDecorator<BatchTaskMethod<C>> {
  return (target, method) => {
    const where = whereOf(target, method);
    checkContract({ contract, kind: 'task', decorator: '@HandlesBatch', where });
    refuseUnknownOptions(options ?? {}, BATCH_OPTIONS, `${where}: @HandlesBatch`);
    const batch = limitsOf(options, where);
    noteHandler(target, method, { contract, group: undefined, batch, policy: policyFor(options, contract.policy, where) }); // prettier-ignore
  };
}

/**
 * Subscribes a method to an event for a group, many events a call. Everything else is as with {@link HandlesBatch}.
 * @throws SunbeonError `HANDLER_UNBOUND`, `OPTION_UNKNOWN`, `OPTION_INVALID`, naming the class and the method
 */
export function SubscribesBatch<C extends EventContract>(
  event: C,
  options: SubscribeBatchOptions,
): HandlerDecorator<BatchEventMethod<C>> {
  return (target, method) => {
    const where = whereOf(target, method);
    checkContract({ contract: event, kind: 'event', decorator: '@SubscribesBatch', where });
    refuseUnknownOptions(options ?? {}, ['group', ...BATCH_OPTIONS], `${where}: @SubscribesBatch`);
    checkGroup(options?.group, where);
    const batch = limitsOf(options, where);
    const policy = policyFor(options, { recordOutcomes: false }, where);
    noteHandler(target, method, { contract: event, group: options.group, batch, policy });
  };
}

const BATCH_OPTIONS = [...POLICY_OPTIONS, 'size', 'lingerMs'];
const LINGER_MS = 20;

/** Unless said otherwise one batch at a time: more messages than that would be attempts that only wait. */
function policyFor(options: BatchOptions, base: Partial<Policy>, where: string): Policy {
  return policyOf({ ...options, concurrency: options.concurrency ?? base.concurrency ?? options.size }, base, where);
}

/** Without types anything may be given, nothing too. */
function limitsOf(options: BatchOptions | undefined, where: string): BatchLimits {
  const { size = NaN, lingerMs = LINGER_MS } = options ?? {};
  checkWhole(`${where}: size`, size, { least: 1, most: 100_000 });
  checkWhole(`${where}: lingerMs`, lingerMs, { least: 0, most: 100_000 });
  return { size, lingerMs };
}
