import type { AvroInput, AvroSchema, AvroValue } from './avro.js';
import { SunbeonError } from './errors.js';
import { didYouMean, refuseUnknownOptions } from './options.js';
import { type Policy, POLICY_OPTIONS, type PolicyOptions, policyOf } from './policy.js';

/** A task: a command that one worker of one group runs. Producers import only this. */
export interface TaskContract<In extends AvroSchema = AvroSchema, Out extends AvroSchema = AvroSchema> {
  readonly kind: 'task';
  readonly name: string;
  /** The topic that carries it; its retry topics, DLQ and group are named after it. */
  readonly queue: string;
  readonly input: In;
  /** What the handler returns and the caller gets; without it a task has no output (null). */
  readonly output: Out;
  /** The ordering key: tasks with the same key run one at a time, in the order sent. Undefined = no order. */
  readonly key: ((input: never) => string | undefined) | undefined;
  /** How its messages are worked on; a handler may say otherwise. */
  readonly policy: Policy;
}

/** An event: a fact that every subscribed group gets. */
export interface EventContract<S extends AvroSchema = AvroSchema> {
  readonly kind: 'event';
  readonly name: string;
  readonly topic: string;
  readonly input: S;
  readonly key: ((payload: never) => string | undefined) | undefined;
}

export type Contract = TaskContract | EventContract;

/** What a sender gives. */
export type InputOf<C extends Contract> = AvroInput<C['input']>;
/** What a handler gets. */
export type PayloadOf<C extends Contract> = AvroValue<C['input']>;
/** What a task's caller gets. */
export type OutputOf<C extends TaskContract> = AvroValue<C['output']>;
/** What a task's handler returns. */
export type ReturnOf<C extends TaskContract> = C['output'] extends 'null' ? null | void : AvroInput<C['output']>;

export interface TaskOptions<In extends AvroSchema, Out extends AvroSchema> extends PolicyOptions {
  readonly name: string;
  readonly queue: string;
  readonly input: In;
  readonly output?: Out;
  /** Reads what the sender gave: a field with a default may be absent. */
  readonly key?: (input: AvroInput<In>) => string | undefined;
}

export interface EventOptions<S extends AvroSchema> {
  readonly name: string;
  /** Default: the name. */
  readonly topic?: string;
  readonly schema: S;
  /** Reads what the sender gave: a field with a default may be absent. */
  readonly key?: (payload: AvroInput<S>) => string | undefined;
}

/**
 * Declares a task.
 * @throws SunbeonError `CONTRACT_INVALID`, `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function defineTask<const In extends AvroSchema, const Out extends AvroSchema = 'null'>(
  options: TaskOptions<In, Out>,
): TaskContract<In, Out> {
  const where = `task "${options.name}"`;
  refuseUnknownOptions(options, ['name', 'queue', 'input', 'output', 'key', ...POLICY_OPTIONS], where);
  checkName(options.name, where);
  checkTopic(options.queue, `${where}: queue`);
  checkSchema(options.input, `${where}: input`);
  checkKey(options.key, where);
  return Object.freeze({
    kind: 'task',
    name: options.name,
    queue: options.queue,
    input: options.input,
    output: options.output ?? ('null' as Out),
    key: options.key,
    policy: policyOf(options, {}, where),
  });
}

/**
 * Declares an event.
 * @throws SunbeonError `CONTRACT_INVALID`, `OPTION_UNKNOWN`
 */
export function defineEvent<const S extends AvroSchema>(options: EventOptions<S>): EventContract<S> {
  const where = `event "${options.name}"`;
  refuseUnknownOptions(options, ['name', 'topic', 'schema', 'key'], where);
  checkName(options.name, where);
  const topic = options.topic ?? options.name;
  checkTopic(topic, `${where}: topic`);
  checkSchema(options.schema, `${where}: schema`);
  checkKey(options.key, where);
  return Object.freeze({ kind: 'event', name: options.name, topic, input: options.schema, key: options.key });
}

export function isContract(value: unknown): value is Contract {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, name, input } = value as Partial<Contract>;
  return (kind === 'task' || kind === 'event') && typeof name === 'string' && input !== undefined;
}

/** The topic that a contract's messages are written to. */
export function topicOf(contract: Contract): string {
  return contract.kind === 'task' ? contract.queue : contract.topic;
}

/** The contracts of a deployment, by name. */
export class ContractRegistry {
  readonly #byName = new Map<string, Contract>();

  /** @throws SunbeonError `CONTRACT_DUPLICATE` when two different contracts have one name */
  constructor(contracts: Iterable<Contract>) {
    for (const contract of contracts) {
      const known = this.#byName.get(contract.name);
      if (known !== undefined && known !== contract) {
        throw new SunbeonError('CONTRACT_DUPLICATE', `Two contracts are named "${contract.name}".`, {
          hint: 'Rename one: a name is what a message carries.',
          facts: { contract: contract.name },
        });
      }
      this.#byName.set(contract.name, contract);
    }
  }

  all(): Contract[] {
    return [...this.#byName.values()];
  }

  find(name: string): Contract | undefined {
    return this.#byName.get(name);
  }

  /** @throws SunbeonError `CONTRACT_UNKNOWN`, with "did you mean" */
  get<K extends Contract['kind']>(name: string, kind: K): Extract<Contract, { kind: K }> {
    const contract = this.#byName.get(name);
    if (contract?.kind === kind) return contract as Extract<Contract, { kind: K }>;
    const names = this.all().filter((known) => known.kind === kind).map((known) => known.name); // prettier-ignore
    const instead = contract && contract.kind !== kind ? `"${name}" is ${contract.kind === 'task' ? 'a task' : 'an event'}.` : undefined; // prettier-ignore
    throw new SunbeonError('CONTRACT_UNKNOWN', `There is no ${kind} named "${name}".`, {
      hint: instead ?? didYouMean(name, names) ?? `Known: ${names.join(', ') || 'none'}.`,
      facts: { name, kind },
    });
  }
}

/** Letters that a header, a metric label and a topic name can all carry. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

function checkName(name: unknown, where: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new SunbeonError('CONTRACT_INVALID', `${where}: the name is not usable.`, {
    hint: 'Use 1 to 200 letters, digits, ".", "_" and "-", for example "image.thumbnail".',
    facts: { name },
  });
}

/** Kafka allows 249 characters in a topic's name; 60 are left for prefixes, groups and `.retry.<delay>`. */
function checkTopic(topic: unknown, where: string): void {
  const fits = typeof topic === 'string' && /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,189}$/.test(topic);
  // `<queue>.retry` is the group of a queue's retry topics: a queue of that name would share it. `__` is Kafka's own.
  const reserved = fits && (/\.retry(\.|$)|\.dlq$/.test(topic) || /^(sunbeon\.|__)/.test(topic));
  if (fits && !reserved) return;
  throw new SunbeonError('CONTRACT_INVALID', `${where}: "${String(topic)}" cannot be a topic of tasks or events.`, {
    hint: reserved
      ? 'Names with ".retry.", ending in ".retry" or ".dlq", or starting with "sunbeon." belong to Sunbeon, "__" to Kafka.'
      : 'Use 1 to 189 letters, digits, ".", "_" and "-", and more than dots.',
    facts: { topic },
  });
}

function checkSchema(schema: unknown, where: string): void {
  if (typeof schema === 'string' || (typeof schema === 'object' && schema !== null)) return;
  throw new SunbeonError('CONTRACT_INVALID', `${where}: an Avro schema is missing.`, {
    hint: 'Give an Avro schema literal, for example { type: "record", name: "Add", fields: [{ name: "a", type: "double" }] }.',
  });
}

function checkKey(key: unknown, where: string): void {
  if (key === undefined || typeof key === 'function') return;
  throw new SunbeonError('CONTRACT_INVALID', `${where}: the key is no function.`, {
    hint: 'Give a function of the payload, for example key: (order) => order.customer.',
    facts: { key },
  });
}
