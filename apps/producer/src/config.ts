import { SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import { z } from 'zod';

/** What the door is told by its environment. Sizes are in bytes, times in milliseconds. */
export interface ProducerConfig {
  readonly port: number;
  readonly host: string;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly topicPrefix: string | undefined;
  readonly source: string;
  readonly bodyLimitBytes: number;
  readonly maxBatch: number;
  readonly maxWaiters: number;
}

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `expected a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((n) => n >= least && n <= most, `expected a whole number from ${least} to ${most}`);

const BROKERS = /^\s*[^\s,:/]+:\d{1,5}\s*(,\s*[^\s,:/]+:\d{1,5}\s*)*$/;

const ENVIRONMENT = z.object({
  PORT: whole(0, 65_535).default(3000),
  // Loopback by default: whoever opens the door to a network says so.
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'expected a host name or an IP address')
    .default('127.0.0.1'),
  KAFKA_BROKERS: z.string('expected host:port[,host:port…]').regex(BROKERS, 'expected host:port[,host:port…]'),
  SCHEMA_REGISTRY_URL: z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' }),
  SUNBEON_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,60}$/, 'expected 1 to 60 letters, digits, ".", "_" and "-"')
    .optional(),
  SUNBEON_SOURCE: z
    .string()
    .regex(/^[!-~]{1,200}$/, 'expected 1 to 200 visible ASCII characters')
    .default('sunbeon-producer'),
  BODY_LIMIT_BYTES: whole(1_024, 104_857_600).default(1_048_576),
  MAX_BATCH: whole(1, 100_000).default(10_000),
  MAX_WAITERS: whole(1, 100_000).default(1_000),
});

/** How to mend each variable, with a value that works. */
const EXAMPLE: Readonly<Record<string, string>> = {
  PORT: 'PORT=3000',
  HOST: 'HOST=127.0.0.1',
  KAFKA_BROKERS: 'KAFKA_BROKERS=localhost:9092',
  SCHEMA_REGISTRY_URL: 'SCHEMA_REGISTRY_URL=http://localhost:8081',
  SUNBEON_TOPIC_PREFIX: 'SUNBEON_TOPIC_PREFIX=staging.',
  SUNBEON_SOURCE: 'SUNBEON_SOURCE=orders-api',
  BODY_LIMIT_BYTES: 'BODY_LIMIT_BYTES=1048576',
  MAX_BATCH: 'MAX_BATCH=10000',
  MAX_WAITERS: 'MAX_WAITERS=1000',
};

/**
 * The configuration in an environment. An empty value counts as unset.
 * @throws SunbeonError `OPTION_INVALID` naming the variable, the value it has and one that works; `OPTION_UNKNOWN` for a
 * `SUNBEON_…` variable that looks like a misspelt one
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ProducerConfig {
  refuseMisspelt(env);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = ENVIRONMENT.safeParse(given);
  if (!parsed.success) throw refusal(parsed.error.issues[0]!, given);
  const values = parsed.data;
  return {
    port: values.PORT,
    host: values.HOST,
    brokers: values.KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
    registryUrl: values.SCHEMA_REGISTRY_URL,
    topicPrefix: values.SUNBEON_TOPIC_PREFIX,
    source: values.SUNBEON_SOURCE,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    maxBatch: values.MAX_BATCH,
    maxWaiters: values.MAX_WAITERS,
  };
}

function refusal(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): SunbeonError {
  const variable = String(issue.path[0]);
  const value = given[variable];
  const got = value === undefined ? 'it is not set' : `got ${JSON.stringify(value)}`;
  return new SunbeonError('OPTION_INVALID', `${variable}: ${issue.message}, ${got}.`, {
    hint: `Set it, for example ${EXAMPLE[variable]}.`,
    facts: { variable, value },
  });
}

/** Other apps read other `SUNBEON_…` variables from the same environment, so only near misses of ours are refused. */
function refuseMisspelt(env: Readonly<Record<string, string | undefined>>): void {
  const known = Object.keys(EXAMPLE).filter((name) => name.startsWith('SUNBEON_'));
  for (const name of Object.keys(env)) {
    if (!name.startsWith('SUNBEON_') || known.includes(name)) continue;
    const hint = didYouMean(name.slice(8), known.map((other) => other.slice(8))); // prettier-ignore
    if (hint === undefined) continue;
    throw new SunbeonError('OPTION_UNKNOWN', `${name}: nobody reads this variable.`, {
      hint: hint.replace('"', '"SUNBEON_'),
      facts: { variable: name },
    });
  }
}
