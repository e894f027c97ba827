import type avsc from 'avsc';
import { SunbeonError } from '@sunbeon/core/errors';
import type { SchemaSubject } from '@sunbeon/core/ports';
import { parseSchema } from './hardened.js';
import { Loader } from './loader.js';

/** Reads the body of a record; may throw anything. */
export type BodyReader = (body: Buffer) => unknown;

/** What is kept per schema of a contract. */
export interface ContractSchema {
  /** The literal that was met last; contracts are constants, so looking it up by identity nearly always hits. */
  schema: SchemaSubject['schema'];
  readonly subject: string;
  readonly json: string;
  readonly type: avsc.Type;
  /** For messages to people, e.g. `math.add`. */
  readonly where: string;
  /** The id under which the registry has it, once known. */
  readonly ids: Loader<'id', number>;
  /** By the writer's schema id. */
  readonly readers: Loader<number, BodyReader>;
}

/** The schemas of the contracts in use, parsed once. As many as there are contracts. */
export class ContractSchemas {
  readonly #bySubject = new Map<string, ContractSchema[]>();

  constructor(private readonly maxReaders: number) {}

  /** @throws SunbeonError `CONTRACT_INVALID` when it is not an Avro schema */
  get({ subject, schema }: SchemaSubject): ContractSchema {
    const known = this.#bySubject.get(subject);
    return known?.find((entry) => entry.schema === schema) ?? this.#add(subject, schema);
  }

  #add(subject: string, schema: SchemaSubject['schema']): ContractSchema {
    const json = JSON.stringify(schema);
    const known = this.#bySubject.get(subject) ?? [];
    const same = known.find((entry) => entry.json === json);
    if (same !== undefined) return Object.assign(same, { schema });
    const where = nameOf(subject);
    const ids = new Loader<'id', number>(1);
    const readers = new Loader<number, BodyReader>(this.maxReaders);
    const entry: ContractSchema = { schema, subject, json, type: parsed(schema, where), where, ids, readers };
    this.#bySubject.set(subject, [...known, entry]);
    return entry;
  }
}

/** The reverse of `core/subjects.ts`, for messages. */
function nameOf(subject: string): string {
  if (subject.endsWith('.result-value')) return `result of ${subject.slice(0, -'.result-value'.length)}`;
  return subject.endsWith('-value') ? subject.slice(0, -'-value'.length) : subject;
}

function parsed(schema: SchemaSubject['schema'], where: string): avsc.Type {
  try {
    return parseSchema(schema);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SunbeonError('CONTRACT_INVALID', `${where}: not an Avro schema: ${why}.`, {
      hint: 'Mend the schema literal of the contract.',
      cause,
    });
  }
}
