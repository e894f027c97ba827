import { Batches } from '@sunbeon/core/batch';
import type { Clock } from '@sunbeon/core/ports';
import type { FoundBinding } from './explorer.js';

/** What stands between the runtime, which gives one message at a time, and a handler that wants it otherwise. */
export function wire(binding: FoundBinding, { clock }: { readonly clock: Clock }): FoundBinding {
  return binding.batch === undefined ? binding : inBatches(binding, binding.batch, clock);
}

/** The method gets the list in the payload's place; what one item's context is for another is nobody's. */
function inBatches(binding: FoundBinding, limits: NonNullable<FoundBinding['batch']>, clock: Clock): FoundBinding {
  const { where } = binding;
  const handler = binding.handle as (items: unknown) => Promise<unknown>;
  const batches = new Batches(handler, { ...limits, where }, clock);
  return Object.freeze({
    ...binding,
    handle: ((payload, context) => batches.add(payload, context)) satisfies FoundBinding['handle'],
  });
}
