import type { Agent } from 'node:http';
import { invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';

const COMPATIBILITIES = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;

export type Compatibility = (typeof COMPATIBILITIES)[number];

/** Name and password, or a bearer token. */
export type RegistryAuth = { readonly username: string; readonly password: string } | { readonly token: string };

export interface AvroCodecOptions {
  /** Confluent's API: `http://registry:8081`, for Apicurio `http://registry:8080/apis/ccompat/v7`. May carry `user:password@`. */
  readonly registryUrl: string;
  /** For one call of the registry, a second try included. Default 5,000. */
  readonly timeoutMs?: number;
  readonly auth?: RegistryAuth;
  /** For TLS settings or a proxy. Default: Node's. */
  readonly agent?: Agent;
  /** Set for every subject that is registered. Default: left as it is. Apicurio 2.6 takes NONE for "the global level". */
  readonly compatibility?: Compatibility;
  /** Before every subject, as a deployment's prefix is before its topics: two deployments may share a registry. Default: none. */
  readonly subjectPrefix?: string;
  /** How many writers' schemas are kept in memory, and readers per contract. Default 1,000. */
  readonly maxWriterSchemas?: number;
}

export interface CheckedOptions {
  /** Without credentials and trailing slash: fit for messages. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly auth: RegistryAuth | undefined;
  readonly agent: Agent | undefined;
  readonly compatibility: Compatibility | undefined;
  readonly subjectPrefix: string;
  readonly maxWriterSchemas: number;
}

const KNOWN = ['registryUrl', 'timeoutMs', 'auth', 'agent', 'compatibility', 'subjectPrefix', 'maxWriterSchemas'];

/** @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN` */
export function validateOptions(options: AvroCodecOptions): CheckedOptions {
  refuseUnknownOptions(options, KNOWN, 'avroCodec');
  const { url, auth } = parsedUrl(options.registryUrl);
  const { compatibility } = options;
  if (compatibility !== undefined && !COMPATIBILITIES.includes(compatibility)) {
    throw invalidOption('avroCodec: compatibility', compatibility, `Use one of ${COMPATIBILITIES.join(', ')}.`);
  }
  return {
    url,
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? 5_000),
    auth: options.auth ?? auth,
    agent: options.agent,
    compatibility,
    subjectPrefix: options.subjectPrefix ?? '',
    maxWriterSchemas: positive('maxWriterSchemas', options.maxWriterSchemas ?? 1_000),
  };
}

function parsedUrl(text: unknown): { url: string; auth: RegistryAuth | undefined } {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // The value is not shown: it may hold a password.
    throw invalidOption(
      'avroCodec: registryUrl',
      '(not shown)',
      'Give an http(s) URL, for example "http://127.0.0.1:8081".',
    );
  }
  const { username, password } = url;
  const auth =
    username === '' ? undefined : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, ''), auth };
}

function positive(option: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31) return value as number;
  throw invalidOption(`avroCodec: ${option}`, value, 'Give a whole number from 1.');
}
