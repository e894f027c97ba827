import type { Contract } from './contract.js';
import { SunbeonError } from './errors.js';

/**
 * The ordering key of a payload, by its contract's `key` function. The payload need not be checked yet, so the function may meet
 * anything.
 * @throws SunbeonError `PAYLOAD_INVALID` when the function throws, or gives anything but text or undefined
 */
export function keyOf(contract: Contract, payload: unknown): string | undefined {
  const where = `${contract.kind} "${contract.name}"`;
  let key: unknown;
  try {
    key = contract.key?.(payload as never);
  } catch (cause) {
    throw new SunbeonError('PAYLOAD_INVALID', `${where}: its key function threw for this payload.`, {
      hint: 'Check that the payload has the fields that the key is made of.',
      cause,
    });
  }
  if (key === undefined || (typeof key === 'string' && key !== '')) return key;
  throw new SunbeonError(
    'PAYLOAD_INVALID',
    `${where}: its key function gave ${JSON.stringify(key)} for this payload.`,
    {
      hint: 'A key is text of at least one character, or undefined for no order.',
    },
  );
}
