import type { EventContract, PayloadOf, ReturnOf, TaskContext, TaskContract } from '@sunbeon/core';
import { SunbeonError } from '@sunbeon/core';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import { POLICY_OPTIONS, type PolicyOptions, policyOf } from '@sunbeon/core/policy';
import { checkContract, checkGroup, whereOf } from './declaration.js';
import { noteHandler } from './metadata.accessor.js';

/** The shape of a method that handles a task. It may take fewer parameters. */
export type TaskMethod<C extends TaskContract> = (
  payload: PayloadOf<C>,
  context: TaskContext,
) => ReturnOf<C> | Promise<ReturnOf<C>>;

/** The shape of a method that takes an event. What it returns is not kept. */
export type EventMethod<C extends EventContract> = (payload: PayloadOf<C>, context: TaskContext) => unknown;

/** Fits methods of the given shape only: anything else does not compile. */
export type HandlerDecorator<Method> = <M extends Method>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** What a handler may say, besides or instead of what its contract's policy says. */
export interface HandleOptions extends PolicyOptions {
  /**
   * `thread`: run it in a worker thread (see `threads` of `SunbeonModule.forRoot`), for what computes for long: heartbeats and
   * other handlers never wait for it, and the hard time limit ends it.
   */
  readonly isolate?: 'thread';
}

export interface SubscribeOptions extends HandleOptions {
  /** Who reads: every group gets every event, one member of it handles each. Letters, digits, `_` and `-`, 40 at most. */
  readonly group: string;
}

/**
 * Binds a method of any provider to a task. The method gets the payload and a {@link TaskContext}; guards, pipes (on the
 * payload), interceptors, filters and request scope work as in a controller, with the context type `sunbeon`.
 * A filter that returns a value has handled the error: the value is the output. `Retry`, `Drop` and `Bury` pass all filters by.
 * @throws SunbeonError `HANDLER_UNBOUND` when the contract is not a task contract, naming the class and the method
 */
export function Handles<C extends TaskContract>(
  contract: C,
  options: HandleOptions = {},
): HandlerDecorator<TaskMethod<C>> {
  return (target, method) => {
    const where = whereOf(target, method);
    checkContract({ contract, kind: 'task', decorator: '@Handles', where });
    refuseUnknownOptions(options, HANDLE_OPTIONS, `${where}: @Handles`);
    const [policy, isolate] = [policyOf(options, contract.policy, where), isolationOf(options, where)];
    noteHandler(target, method, { contract, group: undefined, policy, isolate });
  };
}

/**
 * Subscribes a method of any provider to an event, for a group. Everything else is as with {@link Handles}.
 * @throws SunbeonError `HANDLER_UNBOUND`, `OPTION_UNKNOWN`, `OPTION_INVALID`, naming the class and the method
 */
export function Subscribes<C extends EventContract>(
  event: C,
  options: SubscribeOptions,
): HandlerDecorator<EventMethod<C>> {
  return (target, method) => {
    const where = whereOf(target, method);
    checkContract({ contract: event, kind: 'event', decorator: '@Subscribes', where });
    refuseUnknownOptions(options ?? {}, ['group', ...HANDLE_OPTIONS], `${where}: @Subscribes`);
    checkGroup(options?.group, where);
    const [policy, isolate] = [policyOf(options, { recordOutcomes: false }, where), isolationOf(options, where)];
    noteHandler(target, method, { contract: event, group: options.group, policy, isolate });
  };
}

const HANDLE_OPTIONS = [...POLICY_OPTIONS, 'isolate'];

function isolationOf({ isolate }: HandleOptions, where: string): 'thread' | undefined {
  if (isolate === undefined || isolate === 'thread') return isolate;
  throw new SunbeonError('OPTION_INVALID', `${where}: isolate is ${JSON.stringify(isolate)}.`, {
    hint: "Give 'thread', or leave it out.",
    facts: { where, value: isolate },
  });
}
