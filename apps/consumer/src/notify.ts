import { SunbeonError } from '@sunbeon/core';
import { readWhole } from '@sunbeon/nest';
import { log, mail, type Notifications, notifications, type Notifier, webhook } from '@sunbeon/notify';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The channels that this deployment has: `log` always, `webhook` and `mail` where the environment says where to.
 * @throws SunbeonError `OPTION_INVALID`, `ADDRESS_REFUSED`, naming the variables; never with a secret
 */
export function readNotify(env: Env): Notifications {
  const channels = { log: log(), ...named('webhook', readWebhook(env)), ...named('mail', readMail(env)) };
  return notifications({
    channels,
    intervalMs: readWhole(env, 'SUNBEON_NOTIFY_INTERVAL_MS', { fallback: 300_000, least: 1, most: 86_400_000 }),
    maxPerHour: readWhole(env, 'SUNBEON_NOTIFY_MAX_PER_HOUR', { fallback: 30, least: 1, most: 3_600 }),
  });
}

function named(name: string, notifier: Notifier | undefined): Record<string, Notifier> {
  return notifier === undefined ? {} : { [name]: notifier };
}

function readWebhook(env: Env): Notifier | undefined {
  const url = env['SUNBEON_NOTIFY_WEBHOOK_URL'];
  const secret = env['SUNBEON_NOTIFY_WEBHOOK_SECRET'];
  if (!url) return undefined;
  const format = readChoice(env, 'SUNBEON_NOTIFY_WEBHOOK_FORMAT', ['json', 'slack']);
  const allowPrivate = readChoice(env, 'SUNBEON_NOTIFY_WEBHOOK_ALLOW_PRIVATE', ['false', 'true']) === 'true';
  return of('SUNBEON_NOTIFY_WEBHOOK_', () => webhook({ url, format, allowPrivate, ...(secret ? { secret } : {}) }));
}

function readMail(env: Env): Notifier | undefined {
  const host = env['SUNBEON_NOTIFY_MAIL_HOST'];
  if (!host) return undefined;
  const secure = readChoice(env, 'SUNBEON_NOTIFY_MAIL_SECURE', ['false', 'true']) === 'true';
  const port = readWhole(env, 'SUNBEON_NOTIFY_MAIL_PORT', { fallback: secure ? 465 : 587, least: 1, most: 65_535 });
  const from = env['SUNBEON_NOTIFY_MAIL_FROM'] ?? '';
  const to = (env['SUNBEON_NOTIFY_MAIL_TO'] ?? '').split(',').map((one) => one.trim());
  const user = env['SUNBEON_NOTIFY_MAIL_USER'];
  const pass = env['SUNBEON_NOTIFY_MAIL_PASSWORD'] ?? '';
  return of('SUNBEON_NOTIFY_MAIL_', () => mail({ host, port, secure, from, to, ...(user ? { auth: { user, pass } } : {}) })); // prettier-ignore
}

/** The first is the default. */
function readChoice<Choice extends string>(env: Env, name: string, choices: readonly [Choice, Choice]): Choice {
  const text = env[name] || choices[0];
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new SunbeonError('OPTION_INVALID', `${name} got "${text}".`, { hint: `Give ${choices.join(' or ')}.`, facts: { variable: name } }); // prettier-ignore
}

/** What the lib refuses is refused by the names that people have set. */
function of(variables: string, make: () => Notifier): Notifier {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SunbeonError)) throw error;
    throw new SunbeonError(error.code, `${variables}…: ${error.message}`, { facts: { ...error.facts, variables }, cause: error }); // prettier-ignore
  }
}
