import avsc from 'avsc';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import createApi from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import { SunbeonError } from '@sunbeon/core/errors';
import type { ContractSchema } from './contract-schemas.js';
import { parseOptions } from './hardened.js';
import type { CheckedOptions } from './options.js';
import { type Asked, registryError, statusOf, unavailable } from './registry-errors.js';

type ApiArguments = ConstructorParameters<typeof SchemaRegistry>[0];
type RegistryApi = ReturnType<typeof createApi.default>;
type Middleware = NonNullable<ApiArguments['middlewares']>[number];

const CLIENT_ID = 'sunbeon';

/**
 * The registry over HTTP. Reading goes through the library's `getSchema`, which also follows schema references; writing through
 * its API client, because its `register` refuses schemas without a name (`"null"`) and subjects whose compatibility it did not set.
 */
export class RegistryClient {
  readonly #api: RegistryApi;
  readonly #registry: SchemaRegistry;

  constructor(private readonly options: CheckedOptions) {
    const args = apiArguments(options);
    this.#api = createApi.default(args);
    this.#registry = new SchemaRegistry(args, { [SchemaType.AVRO]: parseOptions() });
  }

  /** Idempotent. @returns the schema's id. @throws SunbeonError `SCHEMA_INCOMPATIBLE`, `CONTRACT_INVALID`, `REGISTRY_UNAVAILABLE` */
  async register(contract: ContractSchema): Promise<number> {
    const { json, where } = contract;
    const subject = this.options.subjectPrefix + contract.subject;
    try {
      const set = await this.#setLevel(subject);
      const response = await this.#registerOnce(subject, json);
      if (!set) await this.#setLevel(subject);
      return this.#idIn(response.data());
    } catch (thrown) {
      throw registryError(thrown, { ...this.options, where, asked: { subject } });
    }
  }

  /**
   * Several processes of a new deployment register one new subject at the same moment, and Apicurio refuses all but the first
   * with 409 "already exists". The second try finds the subject there and gets its id.
   */
  async #registerOnce(subject: string, schema: string): Promise<{ data(): unknown }> {
    const request = { subject, body: { schema } };
    return this.#api.Subject.register(request).catch((thrown: unknown) => {
      if (statusOf(thrown) === 409 && /already exists/.test(String(thrown))) return this.#api.Subject.register(request);
      throw thrown;
    });
  }

  /** @throws SunbeonError `SCHEMA_UNKNOWN`, `RECORD_UNREADABLE` when it is not Avro, `REGISTRY_UNAVAILABLE` */
  async schemaById(id: number): Promise<avsc.Type> {
    const schema = await this.#fetchSchema(id);
    if (avsc.Type.isType(schema)) return schema as avsc.Type;
    throw new SunbeonError('RECORD_UNREADABLE', `Schema ${id} of the registry is not an Avro schema.`, {
      facts: { id },
    });
  }

  async #fetchSchema(id: number): Promise<unknown> {
    const context = { ...this.options, where: `schema ${id}`, asked: { id } };
    try {
      return await this.#registry.getSchema(id);
    } catch (thrown) {
      if (statusOf(thrown) === 404) await this.#assertRegistry(context);
      throw registryError(thrown, context);
    } finally {
      this.#registry.cache.clear(); // Ours is bounded, the library's is not.
    }
  }

  /** A 404 also comes from a wrong path or a proxy, and a record must not be buried for that: whoever says it has to be a registry. */
  async #assertRegistry(context: Asked): Promise<void> {
    try {
      const response = await this.#api.Subject.all({});
      if (!Array.isArray(response.data())) throw new Error('it is not a schema registry');
    } catch (thrown) {
      throw unavailable(thrown, context);
    }
  }

  /** @returns false when the subject is new and the registry takes its level only afterwards (Apicurio's 404) */
  async #setLevel(subject: string): Promise<boolean> {
    const { compatibility } = this.options;
    if (compatibility === undefined) return true;
    try {
      // Not asked for first: Apicurio says NONE for a subject that has none of its own and follows the global level.
      await this.#api.Subject.updateConfig({ subject, body: { compatibility } });
      return true;
    } catch (thrown) {
      if (statusOf(thrown) === 404) return false;
      throw thrown;
    }
  }

  #idIn(answer: unknown): number {
    const id = (answer as { id?: unknown } | null)?.id;
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return id;
    throw new Error('the answer has no schema id');
  }
}

function apiArguments({ url, auth, agent, timeoutMs }: CheckedOptions): ApiArguments {
  const basic = auth !== undefined && 'username' in auth ? { auth } : {};
  return {
    host: url,
    clientId: CLIENT_ID,
    ...basic,
    ...(agent === undefined ? {} : { agent }),
    // One more try, of writes as well: registering twice is harmless, and a kept-alive socket may just have been closed.
    retry: { retries: 1, initialRetryTimeInSecs: 0.05, enableRetry: () => true },
    middlewares: [deadline(timeoutMs), ...(auth !== undefined && 'token' in auth ? [bearer(auth.token)] : [])],
  };
}

/** Of the call as a whole: the library's own timeout counts from the last byte that came. */
function deadline(timeoutMs: number): Middleware {
  return () => ({
    request: (request) => request.enhance({ signal: AbortSignal.timeout(timeoutMs) }),
  });
}

function bearer(token: string): Middleware {
  return () => ({ request: (request) => request.enhance({ headers: { Authorization: `Bearer ${token}` } }) });
}
