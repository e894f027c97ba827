import { type Contract, isContract, SunbeonError } from '@sunbeon/core';

/** Checks that all decorators share; they come at import, before anything runs. */

/** @throws SunbeonError `HANDLER_UNBOUND` for a static method: it has no instance that Nest could make */
export function whereOf(target: object, method: string | symbol): string {
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

export function checkContract({ contract, kind, decorator, where }: Declaration): void {
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

/** @throws SunbeonError `OPTION_INVALID` */
export function checkGroup(group: unknown, where: string): void {
  if (typeof group === 'string' && GROUP.test(group)) return;
  throw new SunbeonError('OPTION_INVALID', `${where}: the group ${JSON.stringify(group)} is not usable.`, {
    hint: 'Use 1 to 40 letters, digits, "_" and "-", for example { group: "airport-stats" }.',
    facts: { where, group },
  });
}
