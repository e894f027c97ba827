import { SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import type { Policies } from '@sunbeon/core/policy';

type Env = Readonly<Record<string, string | undefined>>;

/** What every Sunbeon app reads from its environment. */
export interface Environment {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly brokers: readonly string[];
  /** Undefined: values are plain JSON, no registry is asked. */
  readonly registryUrl: string | undefined;
  /** Before every topic and group; `''` = none. */
  readonly prefix: string;
  /** The application's name. */
  readonly source: string;
  /** After so much silence the group gives a consumer's partitions to others. */
  readonly sessionTimeoutMs: number;
  /** Of this process, the same after its restart: it is a static member of its groups. Undefined = an ordinary one. */
  readonly instanceId: string | undefined;
  /** What this deployment says otherwise than contracts and handlers: checked where they are applied. */
  readonly policies: Policies;
  /** What of the past the consumer runs again to compare it, instead of consuming: checked where it is applied. */
  readonly shadow: object | undefined;
}

/** Every `SUNBEON_…` variable that somebody reads; all apps share one environment. */
const VARIABLES = [
  'SUNBEON_TOPIC_PREFIX',
  'SUNBEON_SOURCE',
  'SUNBEON_SESSION_TIMEOUT_MS',
  'SUNBEON_INSTANCE_ID',
  'SUNBEON_CONCURRENCY',
  'SUNBEON_POLICIES',
  'SUNBEON_BREAKER',
  'SUNBEON_SHADOW',
  'SUNBEON_DRAIN_TIMEOUT_MS',
  'SUNBEON_DATA_DIR',
  'SUNBEON_NOTIFY_INTERVAL_MS',
  'SUNBEON_NOTIFY_MAX_PER_HOUR',
  'SUNBEON_NOTIFY_WEBHOOK_URL',
  'SUNBEON_NOTIFY_WEBHOOK_SECRET',
  'SUNBEON_NOTIFY_WEBHOOK_FORMAT',
  'SUNBEON_NOTIFY_WEBHOOK_ALLOW_PRIVATE',
  'SUNBEON_NOTIFY_MAIL_HOST',
  'SUNBEON_NOTIFY_MAIL_PORT',
  'SUNBEON_NOTIFY_MAIL_SECURE',
  'SUNBEON_NOTIFY_MAIL_USER',
  'SUNBEON_NOTIFY_MAIL_PASSWORD',
  'SUNBEON_NOTIFY_MAIL_FROM',
  'SUNBEON_NOTIFY_MAIL_TO',
  'SUNBEON_CACHE',
  'SUNBEON_STARTED_MS',
];

/**
 * Reads and checks the environment once, at boot. An empty variable counts as not set.
 * @throws SunbeonError `NO_CLUSTER` without `KAFKA_BROKERS`, `OPTION_INVALID` naming the variable and what it got,
 * `OPTION_UNKNOWN` for a `SUNBEON_…` variable that looks like a misspelt one
 */
export function readEnvironment(env: Env, defaults: { readonly port: number; readonly source: string }): Environment {
  refuseMisspelt(env);
  return {
    port: readWhole(env, 'PORT', { fallback: defaults.port, least: 0, most: 65_535 }),
    // Loopback by default: whoever opens an app to a network says so.
    host: env['HOST'] || '127.0.0.1',
    brokers: readBrokers(env['KAFKA_BROKERS']),
    registryUrl: readUrl(env, 'SCHEMA_REGISTRY_URL'),
    prefix: readText(env, 'SUNBEON_TOPIC_PREFIX', { fallback: '', pattern: /^[\w.-]{0,60}$/ }),
    source: readText(env, 'SUNBEON_SOURCE', { fallback: defaults.source, pattern: /^[!-~]{1,200}$/ }),
    // Brokers refuse less than `group.min.session.timeout.ms` (6 s by default) and more than 30 minutes.
    sessionTimeoutMs: readWhole(env, 'SUNBEON_SESSION_TIMEOUT_MS', { fallback: 30_000, least: 6_000, most: 1_800_000 }),
    instanceId:
      readText(env, 'SUNBEON_INSTANCE_ID', { fallback: '', pattern: /^(?!\.{1,2}$)[\w.-]{0,249}$/ }) || undefined,
    policies: readJson(env, 'SUNBEON_POLICIES', '{"email.send":{"retry":{"delaysMs":[1000]}}}') as Policies,
    shadow: env['SUNBEON_SHADOW'] ? readJson(env, 'SUNBEON_SHADOW', '{"queue":"images"}') : undefined,
  };
}

export interface WholeRange {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
}

/** @throws SunbeonError `OPTION_INVALID` */
export function readWhole(env: Env, name: string, { fallback, least, most }: WholeRange): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
  throw invalid(name, text, `Give a whole number from ${least} to ${most}, for example ${name}=${fallback}.`);
}

/** A JSON object. @throws SunbeonError `OPTION_INVALID` */
function readJson(env: Env, name: string, example: string): Readonly<Record<string, unknown>> {
  const text = env[name];
  if (text === undefined || text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(name, text.slice(0, 200), `Give a JSON object, for example ${name}='${example}'.`); // prettier-ignore
}

/** Host and port, or a bracketed IPv6 address and port; several are separated by commas. @throws SunbeonError `NO_CLUSTER`, `OPTION_INVALID` */
function readBrokers(text: string | undefined): string[] {
  if (!text) {
    throw new SunbeonError('NO_CLUSTER', 'KAFKA_BROKERS is not set.', {
      hint: 'Give one or more brokers as host:port, separated by commas, for example KAFKA_BROKERS=localhost:9092.',
    });
  }
  const brokers = text.split(',').map((broker) => broker.trim());
  const wrong = brokers.find((broker) => !/^([^\s:/[\]]+|\[[\da-f:]+\]):\d{1,5}$/i.test(broker));
  if (wrong === undefined) return brokers;
  throw invalid(
    'KAFKA_BROKERS',
    text,
    'Give host:port, separated by commas, for example KAFKA_BROKERS=localhost:9092.',
  );
}

/** @throws SunbeonError `OPTION_INVALID` */
function readUrl(env: Env, name: string): string | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text.replace(/\/+$/, '');
  throw invalid(name, text, `Give an http(s) address, for example ${name}=http://localhost:8081.`);
}

/** Only near misses are refused: a platform may set variables of its own under our prefix. */
function refuseMisspelt(env: Env): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('SUNBEON_') || VARIABLES.includes(name)) continue;
    const hint = didYouMean(name.slice(8), VARIABLES.map((known) => known.slice(8))); // prettier-ignore
    if (hint === undefined) continue;
    throw new SunbeonError('OPTION_UNKNOWN', `${name}: nobody reads this variable.`, {
      hint: hint.replace('"', '"SUNBEON_'),
      facts: { variable: name },
    });
  }
}

function readText(env: Env, name: string, rule: { readonly fallback: string; readonly pattern: RegExp }): string {
  const text = env[name] || rule.fallback;
  if (rule.pattern.test(text)) return text;
  throw invalid(name, text, `It has to fit ${String(rule.pattern)}.`);
}

/** Never echoes a URL's password. */
function invalid(name: string, got: string, hint: string): SunbeonError {
  const shown = got.replace(/\/\/[^/@]*@/, '//***@');
  return new SunbeonError('OPTION_INVALID', `${name} got "${shown}".`, { hint, facts: { variable: name } });
}
