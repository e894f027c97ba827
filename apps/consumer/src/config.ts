import { join } from 'node:path';
import { SunbeonError } from '@sunbeon/core';
import { type Environment, readEnvironment, readWhole } from '@sunbeon/nest';
import type { Notifications } from '@sunbeon/notify';
import { readNotify } from './notify.js';

/** Injection token of the {@link ConsumerConfig}. */
export const CONSUMER_CONFIG = Symbol('CONSUMER_CONFIG');

export interface ConsumerConfig extends Environment {
  /** Handlers that run at once, per queue. */
  readonly concurrency: number;
  readonly drainTimeoutMs: number;
  /** Whether queues are paused instead of filling their DLQs. */
  readonly breaker: boolean;
  /** Where handlers keep files. */
  readonly dataDir: string;
  readonly smtpUrl: string;
  /** Who is told when something fails. */
  readonly notify: Notifications;
}

/** @throws SunbeonError `NO_CLUSTER`, `OPTION_INVALID`, `OPTION_UNKNOWN`, `ADDRESS_REFUSED` */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ConsumerConfig {
  return {
    ...readEnvironment(env, { port: 9100, source: 'sunbeon-consumer' }),
    concurrency: readWhole(env, 'SUNBEON_CONCURRENCY', { fallback: 100, least: 1, most: 10_000 }),
    drainTimeoutMs: readWhole(env, 'SUNBEON_DRAIN_TIMEOUT_MS', { fallback: 25_000, least: 1, most: 3_600_000 }),
    breaker: isOn('SUNBEON_BREAKER', env['SUNBEON_BREAKER']),
    dataDir: env['SUNBEON_DATA_DIR'] || join('.sunbeon', 'demo'),
    smtpUrl: env['SMTP_URL'] || 'smtp://127.0.0.1:25',
    notify: readNotify(env),
  };
}

/** On unless it says off. @throws SunbeonError `OPTION_INVALID` */
function isOn(name: string, text: string | undefined): boolean {
  if (!text || text === 'on' || text === 'off') return text !== 'off';
  throw new SunbeonError('OPTION_INVALID', `${name} got "${text}".`, {
    hint: `Give on or off, for example ${name}=off.`,
    facts: { variable: name },
  });
}
