import { SunbeonError } from '@sunbeon/core/errors';
import type { ContractSchema } from './contract-schemas.js';
import { unreadable } from './framing.js';
import { fromJsonValue } from './json-values.js';
import { assertFits } from './payload.js';

/** `application/json`, with or without parameters, and `application/<anything>+json`. */
export function isJson(contentType: string): boolean {
  const mediaType = contentType.split(';', 1)[0]!.trim().toLowerCase();
  return mediaType === 'application/json' || (mediaType.startsWith('application/') && mediaType.endsWith('+json'));
}

/** Parses UTF-8 JSON; a byte order mark is let pass. @throws SunbeonError `RECORD_UNREADABLE` */
export function parseJson(bytes: Buffer, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unreadable(where, `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

/** A parsed JSON value checked against its contract. @throws SunbeonError `PAYLOAD_INVALID` */
export function readJson({ type, where }: ContractSchema, json: unknown): unknown {
  try {
    const value = fromJsonValue(type, json);
    assertFits(type, value, where);
    return value;
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new SunbeonError('PAYLOAD_INVALID', `${where}: the payload is nested too deeply.`, { cause: thrown });
  }
}
