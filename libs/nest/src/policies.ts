import { SunbeonError } from '@sunbeon/core';
import { didYouMean, refuseUnknownOptions } from '@sunbeon/core/options';
import { type Policies, POLICY_OPTIONS, policyOf } from '@sunbeon/core/policy';
import type { FoundBinding } from './explorer.js';

/**
 * The bindings with what the deployment says of them.
 * @throws SunbeonError `OPTION_UNKNOWN` for a name that no handler here has, `OPTION_INVALID`
 */
export function withPolicies(bindings: readonly FoundBinding[], policies: Policies): readonly FoundBinding[] {
  const names = new Set(bindings.map(nameOf));
  for (const name of Object.keys(policies)) if (!names.has(name)) throw unknownName(name, names);
  return bindings.map((binding) => {
    const said = policies[nameOf(binding)];
    if (said === undefined) return binding;
    const where = `SunbeonModule: policies["${nameOf(binding)}"]`;
    refuseUnknownOptions(said, POLICY_OPTIONS, where);
    return Object.freeze({ ...binding, policy: policyOf(said, binding.policy, where) });
  });
}

function nameOf({ contract, group }: Pick<FoundBinding, 'contract' | 'group'>): string {
  return group === undefined ? contract.name : `${contract.name}@${group}`;
}

function unknownName(name: string, names: ReadonlySet<string>): SunbeonError {
  return new SunbeonError('OPTION_UNKNOWN', `SunbeonModule: policies names "${name}", which no handler here takes.`, {
    hint: didYouMean(name, names) ?? `Handlers here: ${[...names].join(', ') || 'none'}.`,
    facts: { name },
  });
}
