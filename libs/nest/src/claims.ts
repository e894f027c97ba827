import { type Contract, ContractRegistry, SunbeonError, type TaskContract } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import type { SunbeonConfig } from './config.js';
import type { FoundBinding } from './explorer.js';

type Claims = Pick<SunbeonConfig, 'contracts' | 'consume' | 'claimedQueues'>;

/**
 * What is refused at boot. A process that consumes claims every queue for which it has a handler, and those named in
 * `consume.queues`; of a claimed queue it gets every task, so it must handle every one that is known.
 * @throws SunbeonError `CONTRACT_DUPLICATE`, `HANDLER_DUPLICATE`, `HANDLER_MISSING`, `OPTION_INVALID`
 */
export function checkBindings(bindings: readonly FoundBinding[], claims: Claims): void {
  const known = new ContractRegistry([...claims.contracts, ...bindings.map(({ contract }) => contract)]);
  refuseDuplicates(bindings);
  if (claims.consume === false) return;
  const tasks = known.all().filter((contract) => contract.kind === 'task');
  refuseUnknownQueues(claims.claimedQueues, tasks);
  refuseMissing(bindings, tasks, claims.claimedQueues);
  if (claims.consume === true && bindings.length === 0) throw nothingToConsume();
}

function refuseDuplicates(bindings: readonly FoundBinding[]): void {
  const taken = new Map<string, FoundBinding>();
  for (const binding of bindings) {
    const name = nameOf(binding);
    const other = taken.get(name);
    if (other !== undefined) throw duplicate(name, other, binding);
    taken.set(name, binding);
  }
}

function duplicate(name: string, first: FoundBinding, second: FoundBinding): SunbeonError {
  const places = [first, second].map(({ where, module }) => `${where} (${module})`);
  return new SunbeonError('HANDLER_DUPLICATE', `Two handlers take ${name}: ${places.join(' and ')}.`, {
    hint:
      first.where === second.where
        ? 'The class is provided in two modules: provide it in one, export it there, and import that module.'
        : 'Remove one decorator, or one of the classes from its "providers".',
    facts: { contract: first.contract.name, handlers: places },
  });
}

function refuseUnknownQueues(queues: readonly string[], tasks: readonly TaskContract[]): void {
  const existing = new Set(tasks.map((task) => task.queue));
  const unknown = queues.find((queue) => !existing.has(queue));
  if (unknown === undefined) return;
  throw new SunbeonError('OPTION_INVALID', `SunbeonModule: consume.queues names "${unknown}", which no task uses.`, {
    hint: didYouMean(unknown, existing) ?? `Queues of the tasks in "contracts": ${[...existing].join(', ') || 'none'}.`,
    facts: { queue: unknown },
  });
}

function refuseMissing(
  bindings: readonly FoundBinding[],
  tasks: readonly TaskContract[],
  queues: readonly string[],
): void {
  const handled = new Map<Contract, FoundBinding>(bindings.map((binding) => [binding.contract, binding]));
  const claimedBy = new Map(queues.map((queue) => [queue, 'consume.queues']));
  for (const { contract, where } of bindings) if (contract.kind === 'task') claimedBy.set(contract.queue, where);
  for (const task of tasks) {
    const claimant = claimedBy.get(task.queue);
    if (claimant !== undefined && !handled.has(task)) throw missing(task, claimant);
  }
}

function missing(task: TaskContract, claimant: string): SunbeonError {
  const what = `The queue "${task.queue}" is consumed here (because of ${claimant}), but task "${task.name}" has no handler.`;
  return new SunbeonError('HANDLER_MISSING', what, {
    hint: `Add @Handles(…) with the contract "${task.name}" to a method of a provider in this process, or give the task a queue of its own.`,
    facts: { contract: task.name, queue: task.queue },
  });
}

function nothingToConsume(): SunbeonError {
  return new SunbeonError('HANDLER_MISSING', 'This process is told to consume, but no provider has a handler.', {
    hint: 'Decorate a method with @Handles(contract) or @Subscribes(event, { group }), and list its class in "providers".',
  });
}

function nameOf({ contract, group }: FoundBinding): string {
  return contract.kind === 'task' ? `task "${contract.name}"` : `event "${contract.name}" in group "${group}"`;
}
