import {
  type Contract,
  type EventContract,
  isContract,
  type PayloadOf,
  type ReturnOf,
  SunbeonError,
  type TaskContext,
  type TaskContract,
} from '@sunbeon/core';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import { POLICY_OPTIONS, type PolicyOptions, policyOf } from '@sunbeon/core/policy';
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

export interface SubscribeOptions extends PolicyOptions {
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
  options: PolicyOptions = {},
): HandlerDecorator<TaskMethod<C>> {
  return (target, method) => {
    const where = whereOf(target, method);
    checkContract({ contract, kind: 'task', decorator: '@Handles', where });
    refuseUnknownOptions(options, POLICY_OPTIONS, `${where}: @Handles`);
    noteHandler(target, method, { contract, group: undefined, policy: policyOf(options, contract.policy, where) });
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
    checkOptions(options, where);
    noteHandler(target, method, {
      contract: event,
      group: options.group,
      policy: policyOf(options, { recordOutcomes: false }, where),
    });
  };
}

/** @throws SunbeonError `HANDLER_UNBOUND` for a static method: it has no instance that Nest could make */
function whereOf(target: object, method: string | symbol): string {
  if (typeof target !== 'function') return `${target.constructor.name}.${String(method)}`;
  const where = `${target.name}.${String(method)}`;
  throw new SunbeonError('HANDLER_UNBOUND', `${where} is static: a handler is a method of a provider's instance.`, {
    hint: 'Remove "static".',
    facts: { where },
  });
}

interface Declaration {
  readonly contract: unknown;
  readonly kind: Contract['kind'];
  readonly decorator: string;
  readonly where: string;
}

function checkContract({ contract, kind, decorator, where }: Declaration): void {
  if (isContract(contract) && contract.kind === kind) return;
  const got = isContract(contract) ? `the ${contract.kind} "${contract.name}"` : String(contract);
  throw new SunbeonError(
    'HANDLER_UNBOUND',
    `${where}: ${decorator} got ${got} where ${article(kind)} contract belongs.`,
    {
      hint: isContract(contract)
      ? `Use ${kind === 'task' ? '@Subscribes' : '@Handles'} for ${article(contract.kind)}.`
      : `Give what ${kind === 'task' ? 'defineTask' : 'defineEvent'} returned; undefined often means a circular import: keep contracts in files that import no handlers.`, // prettier-ignore
      facts: { where, decorator },
    },
  );
}

function article(kind: Contract['kind']): string {
  return kind === 'task' ? 'a task' : 'an event';
}

/** No dot: the group is a segment of the names of its retry topics and DLQ, `<topic>.<group>.retry.<delay>`. */
const GROUP = /^[A-Za-z0-9_-]{1,40}$/;

function checkOptions(options: SubscribeOptions, where: string): void {
  refuseUnknownOptions(options ?? {}, ['group', ...POLICY_OPTIONS], `${where}: @Subscribes`);
  const group: unknown = options?.group;
  if (typeof group === 'string' && GROUP.test(group)) return;
  throw new SunbeonError('OPTION_INVALID', `${where}: the group ${JSON.stringify(group)} is not usable.`, {
    hint: 'Use 1 to 40 letters, digits, "_" and "-", for example { group: "airport-stats" }.',
    facts: { where, group },
  });
}
