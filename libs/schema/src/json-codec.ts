import { JSON_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { SunbeonError } from '@sunbeon/core/errors';
import type { Codec, SchemaSubject } from '@sunbeon/core/ports';
import { ContractSchemas } from './contract-schemas.js';
import { parseJson, readJson } from './json-text.js';
import { jsonSafe } from './json-values.js';
import { assertFits } from './payload.js';

/** Plain JSON, no registry; payloads are checked against their contract all the same. */
export function jsonCodec(): JsonCodec {
  return new JsonCodec();
}

/** Made by {@link jsonCodec}. */
export class JsonCodec implements Codec {
  readonly contentType: string = JSON_CONTENT_TYPE;
  readonly #contracts = new ContractSchemas(1);

  /** There is nowhere to register it; only the schema itself is looked at. @throws SunbeonError `CONTRACT_INVALID` */
  async register(subject: SchemaSubject): Promise<void> {
    this.#contracts.get(subject);
  }

  /** See {@link Codec.asRead}. @throws SunbeonError `PAYLOAD_INVALID` */
  asRead(subject: SchemaSubject, value: unknown): unknown {
    return this.fromJson(subject, JSON.parse(this.#textOf(subject, value)));
  }

  /** @throws SunbeonError `PAYLOAD_INVALID`, also for numbers that JSON does not have (NaN, Infinity) */
  async encode(subject: SchemaSubject, value: unknown): Promise<Buffer> {
    return Buffer.from(this.#textOf(subject, value));
  }

  #textOf(subject: SchemaSubject, value: unknown): string {
    const { type, where } = this.#contracts.get(subject);
    const given = value ?? (type.isValid(null) ? null : value);
    assertFits(type, given, where);
    const safe = jsonSafe(given);
    const text = JSON.stringify(safe);
    // JSON writes null for a number that it does not have; only then is it worth looking at each part, which takes twice as long.
    if (text.includes('null')) JSON.stringify(safe, (field, part) => finite(part, { field, where }));
    return text;
  }

  /** @throws SunbeonError `RECORD_UNREADABLE`, `PAYLOAD_INVALID`, `SCHEMA_UNKNOWN` for a framed value */
  async decode(subject: SchemaSubject, value: Buffer): Promise<unknown> {
    const contract = this.#contracts.get(subject);
    refuseFramed(value, contract.where);
    return readJson(contract, parseJson(value, contract.where));
  }

  async decodeAny(value: Buffer): Promise<unknown> {
    refuseFramed(value, 'value');
    return parseJson(value, 'value');
  }

  /** As {@link AvroCodec.fromJson}. @throws SunbeonError `PAYLOAD_INVALID` */
  fromJson(subject: SchemaSubject, json: unknown): unknown {
    return readJson(this.#contracts.get(subject), json);
  }
}

function finite(part: unknown, { field, where }: { field: string; where: string }): unknown {
  if (typeof part !== 'number' || Number.isFinite(part)) return part;
  throw new SunbeonError('PAYLOAD_INVALID', `${where}: field "${field}": JSON has no ${part}.`, {
    hint: 'Send it with the Avro codec or make the field nullable.',
    facts: { field },
  });
}

/**
 * No JSON text starts with a zero byte. Buried, not waited for: without a registry no wait ends, and one such record would hold
 * its lane for ever. Its bytes are kept, so it can be replayed where it can be read.
 */
function refuseFramed(value: Buffer, where: string): void {
  if (value[0] !== 0) return;
  throw new SunbeonError(
    'SCHEMA_UNKNOWN',
    `${where}: the record is framed Avro and no schema registry is configured here.`,
    {
      hint: 'Set SCHEMA_REGISTRY_URL, or use avroCodec(), then replay it.',
    },
  );
}
