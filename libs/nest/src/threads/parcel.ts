import { deserialize, serialize } from 'node:v8';
import { KINDS } from '@sunbeon/core/kinds';
import { Bury, Drop, type ErrorCode, Retry, SunbeonError, toFailure } from '@sunbeon/core';

/**
 * A value as bytes. V8's own format, and not the structured clone of `postMessage`: with it a Buffer arrives as a Buffer.
 * @throws Error for what cannot be copied: functions, promises, symbols
 */
export function pack(value: unknown): Uint8Array {
  return serialize(value);
}

export function unpack(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}

/** An error as data: what decides about the message (its kind, code and delay) and what people read. */
export interface PackedError {
  readonly kind: 'retry' | 'drop' | 'bury' | 'sunbeon' | 'error' | 'text';
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly delayMs?: number | undefined;
  readonly code?: ErrorCode;
  /** What a policy can name: classes and codes that only its own thread knows. */
  readonly kinds?: readonly string[];
}

/** Never throws, whatever was thrown. */
export function packError(thrown: unknown): PackedError {
  const { name, message, stack, kinds = [] } = toFailure(thrown);
  const text = { name, message, stack, kinds };
  if (thrown instanceof Retry) return { ...text, kind: 'retry', delayMs: thrown.delayMs };
  if (thrown instanceof Drop) return { ...text, kind: 'drop' };
  if (thrown instanceof Bury) return { ...text, kind: 'bury' };
  if (thrown instanceof SunbeonError) return { ...text, kind: 'sunbeon', code: thrown.code };
  return { ...text, kind: typeof thrown === 'string' ? 'text' : 'error' };
}

/** What {@link packError} packed, as something to throw: of a handler's own error class the name is left. */
export function unpackError(packed: PackedError): unknown {
  const { message, stack } = packed;
  if (packed.kind === 'text') return message;
  const error = errorOf(packed);
  if (packed.kinds !== undefined) Object.defineProperty(error, KINDS, { value: packed.kinds });
  return stack === undefined ? error : Object.defineProperty(error, 'stack', { value: stack, configurable: true });
}

function errorOf({ kind, name, message, delayMs, code }: PackedError): Error {
  switch (kind) {
    case 'retry':
      return new Retry(delayMs, message);
    case 'drop':
      return new Drop(message);
    case 'bury':
      return new Bury(message);
    case 'sunbeon':
      return new SunbeonError(code!, message);
    default:
      return new (named(name))(message);
  }
}

/** A class of the name: a failure is known by the name of its error's class. */
function named(name: string): new (message: string) => Error {
  return { [name]: class extends Error {} }[name]!;
}
