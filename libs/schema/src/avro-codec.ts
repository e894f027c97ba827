import type avsc from 'avsc';
import { AVRO_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { SunbeonError } from '@sunbeon/core/errors';
import type { Codec, SchemaSubject } from '@sunbeon/core/ports';
import { type BodyReader, type ContractSchema, ContractSchemas } from './contract-schemas.js';
import { Framer, unframe, unreadable } from './framing.js';
import { isJson, parseJson, readJson } from './json-text.js';
import { Loader } from './loader.js';
import { type AvroCodecOptions, validateOptions } from './options.js';
import { assertFits } from './payload.js';
import { RegistryClient } from './registry.js';

/**
 * Confluent-framed Avro with a schema registry; reads plain JSON too, where the content type says so.
 * @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN`
 */
export function avroCodec(options: AvroCodecOptions): AvroCodec {
  return new AvroCodec(options);
}

/** Made by {@link avroCodec}. Holds no connection and no timer, so there is nothing to close. */
export class AvroCodec implements Codec {
  readonly contentType: string = AVRO_CONTENT_TYPE;
  readonly #registry: RegistryClient;
  readonly #contracts: ContractSchemas;
  readonly #writers: Loader<number, avsc.Type>;
  readonly #framer = new Framer();

  constructor(options: AvroCodecOptions) {
    const checked = validateOptions(options);
    this.#registry = new RegistryClient(checked);
    this.#contracts = new ContractSchemas(checked.maxWriterSchemas);
    this.#writers = new Loader(checked.maxWriterSchemas);
  }

  /**
   * Registers the schema now instead of with the first message: once per process; a failure is not remembered.
   * @throws SunbeonError `SCHEMA_INCOMPATIBLE`, `CONTRACT_INVALID`, `REGISTRY_UNAVAILABLE`
   */
  async register(subject: SchemaSubject): Promise<void> {
    const contract = this.#contracts.get(subject);
    if (contract.ids.peek('id') === undefined) await this.#idOf(contract);
  }

  /** See {@link Codec.asRead}. @throws SunbeonError `PAYLOAD_INVALID` */
  asRead(subject: SchemaSubject, value: unknown): unknown {
    const contract = this.#contracts.get(subject);
    return contract.type.fromBuffer(contract.type.toBuffer(fitting(contract, value)));
  }

  /** See {@link Codec.encode}. A missing value is null, where the schema takes null. */
  async encode(subject: SchemaSubject, value: unknown): Promise<Buffer> {
    const contract = this.#contracts.get(subject);
    const given = fitting(contract, value);
    const frame = this.#framer.frame(contract.type, given);
    frame.writeInt32BE(contract.ids.peek('id') ?? (await this.#idOf(contract)), 1);
    return frame;
  }

  /** See {@link Codec.decode}. JSON bodies follow the rules of {@link fromJson}. */
  async decode(subject: SchemaSubject, value: Buffer, contentType: string): Promise<unknown> {
    const contract = this.#contracts.get(subject);
    if (isJson(contentType)) return readJson(contract, parseJson(value, contract.where));
    const { id, body } = unframe(value, contract.where);
    const read = contract.readers.peek(id) ?? (await this.#reader(contract, id));
    return readBody(read, body, contract.where);
  }

  /** See {@link Codec.decodeAny}: framed bytes by their own writer's schema, anything else as JSON. */
  async decodeAny(value: Buffer): Promise<unknown> {
    if (value[0] !== 0) return parseJson(value, 'value');
    const { id, body } = unframe(value, 'value');
    const writer = await this.#writer(id);
    return readBody((bytes) => writer.fromBuffer(bytes), body, 'value');
  }

  /**
   * A parsed JSON payload as the contract's value, without the registry: defaults filled in, bytes and fixed taken from base64
   * strings, unions unwrapped. @throws SunbeonError `PAYLOAD_INVALID`
   */
  fromJson(subject: SchemaSubject, json: unknown): unknown {
    return readJson(this.#contracts.get(subject), json);
  }

  #idOf(contract: ContractSchema): Promise<number> {
    return contract.ids.load('id', () => this.#registry.register(contract));
  }

  async #writer(id: number): Promise<avsc.Type> {
    return this.#writers.peek(id) ?? (await this.#writers.load(id, () => this.#registry.schemaById(id)));
  }

  #reader(contract: ContractSchema, id: number): Promise<BodyReader> {
    return contract.readers.load(id, async () => resolved(contract, await this.#writer(id), id));
  }
}

function fitting({ type, where }: ContractSchema, value: unknown): unknown {
  const given = value ?? (type.isValid(null) ? null : value);
  assertFits(type, given, where);
  return given;
}

/** How a body of this writer is read with the contract's schema (Avro 1.12, "Schema Resolution"). */
function resolved({ type, where }: ContractSchema, writer: avsc.Type, id: number): BodyReader {
  if (type.equals(writer)) return (body) => type.fromBuffer(body);
  try {
    // The specification compares names without their namespace.
    const resolver = type.createResolver(writer, { ignoreNamespaces: true });
    return (body) => type.fromBuffer(body, resolver);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return () => {
      throw unreadable(where, `schema ${id}, which it was written with, does not fit the contract's (${why})`, cause);
    };
  }
}

function readBody(read: BodyReader, body: Buffer, where: string): unknown {
  try {
    return read(body);
  } catch (thrown) {
    if (thrown instanceof SunbeonError) throw thrown;
    throw unreadable(
      where,
      `its bytes do not fit its schema (${thrown instanceof Error ? thrown.message : String(thrown)})`,
      thrown,
    );
  }
}
