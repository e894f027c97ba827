import { SunbeonError } from '@sunbeon/core';

/** What the console reads from its environment. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly brokers: readonly string[];
  /** Checked like in the other apps, though this page does not decode values yet. Undefined: no registry. */
  readonly registryUrl: string | undefined;
  readonly topicPrefix: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment once, at boot. An empty variable counts as not set.
 * @throws SunbeonError `NO_CLUSTER` without `KAFKA_BROKERS`, `OPTION_INVALID` naming the variable and what it got
 */
export function readSettings(env: Env): Settings {
  return {
    host: env['HOST'] || '127.0.0.1',
    port: readPort(env['PORT'] || '4000'),
    brokers: readBrokers(env['KAFKA_BROKERS']),
    registryUrl: readRegistryUrl(env['SCHEMA_REGISTRY_URL']),
    topicPrefix: readPrefix(env['SUNBEON_TOPIC_PREFIX'] || ''),
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw invalid('PORT', text, 'Give a port from 0 to 65535 (0 takes a free one).');
  return port;
}

function readBrokers(text: string | undefined): string[] {
  if (!text) {
    throw new SunbeonError('NO_CLUSTER', 'KAFKA_BROKERS is not set.', {
      hint: 'Give one or more brokers as host:port, separated by commas.',
    });
  }
  const brokers = text.split(',').map((broker) => broker.trim());
  const wrong = brokers.find((broker) => !/^[^\s:/]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(broker));
  if (wrong !== undefined) throw invalid('KAFKA_BROKERS', text, 'Give host:port, separated by commas.');
  return brokers;
}

function readRegistryUrl(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text.replace(/\/+$/, '');
  throw invalid('SCHEMA_REGISTRY_URL', text, 'Give the http(s) address of a Confluent-compatible schema registry.');
}

/** The characters of Kafka's topic names (`org.apache.kafka.common.internals.Topic`). */
function readPrefix(text: string): string {
  if (!/^[\w.-]*$/.test(text))
    throw invalid('SUNBEON_TOPIC_PREFIX', text, 'Use letters, digits, dot, dash, underscore.');
  return text;
}

/** Never echoes a URL's password: what a person typed into a URL field may hold one. */
function invalid(name: string, got: string, hint: string): SunbeonError {
  const shown = got.replace(/\/\/[^/@]*@/, '//***@');
  return new SunbeonError('OPTION_INVALID', `${name} got "${shown}".`, { hint, facts: { variable: name } });
}
