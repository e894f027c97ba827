import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Alert } from '@sunbeon/core/alerts';
import { SunbeonError } from '@sunbeon/core/errors';
import { checkBoolean, checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Notifier } from '@sunbeon/core/notifier';
import type { Clock } from '@sunbeon/core/ports';
import type { SentMessageInfo, Transporter } from 'nodemailer';
import { given, SYSTEM_CLOCK } from './options.js';
import { detailsOf, lineOf, oneLine, titleOf } from './text.js';
import { type Failed, persist } from './tries.js';

export interface MailOptions {
  readonly host: string;
  /** Default: 465 with `secure`, else 587. */
  readonly port?: number;
  /** TLS from the first byte. Default: false, then STARTTLS is used where the server offers it, and demanded with `auth`. */
  readonly secure?: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
  /** `ops@example.org` or `Sunbeon <ops@example.org>`. */
  readonly from: string;
  readonly to: string | readonly string[];
  /** Of one try's silence (to connect, for the greeting, for an answer), in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Tries after the first, when the server is away or says "later" (4yz). Default: 3. */
  readonly retries?: number;
  /** For tests. Default: the system's time. */
  readonly clock?: Clock;
  /** For tests: the jitter of the pauses, from 0 to below 1. */
  readonly random?: () => number;
}

const OPTIONS = ['host', 'port', 'secure', 'auth', 'from', 'to', 'timeoutMs', 'retries', 'clock', 'random'];
const DEFAULTS = { secure: false, timeoutMs: 10_000, retries: 3, clock: SYSTEM_CLOCK, random: Math.random } as const;

/**
 * Alerts as an e-mail in plain text, through an SMTP server. Needs `nodemailer`, which is not installed with this package.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`, also without nodemailer
 */
export function mail(options: MailOptions): Notifier {
  const { host, port, secure, auth, timeoutMs, retries, clock, random, ...of } = checked(options);
  const [from, to] = [addressOf(of.from, 'from'), recipientsOf(of.to)];
  const smtp: Transporter<SentMessageInfo> = nodemailer().createTransport({
    host,
    port: port ?? (secure ? 465 : 587),
    secure,
    // A password is not shown to whoever stands between and takes STARTTLS out of the server's answer.
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: auth.pass }, requireTLS: !secure }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    notify(alerts, { signal }) {
      // The same for all tries: a server that took a mail and could not say so has it once.
      const messageId = `<${randomUUID()}@${from.address.split('@')[1]}>`;
      const letter = {
        from,
        to,
        messageId,
        ...textOf(alerts),
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      };
      const attempt = (): Promise<Failed | undefined> => smtp.sendMail(letter).then(refusedBy, failureOf);
      return persist(attempt, { retries, clock, random, signal });
    },
  };
}

function checked(options: MailOptions) {
  refuseUnknownOptions(options, OPTIONS, 'mail');
  const all = { ...DEFAULTS, ...given(options) };
  if (typeof all.host !== 'string' || !/^[\w.:-]+$/.test(all.host)) throw invalidOption('mail: host', String(all.host), 'Give the name or address of an SMTP server.'); // prettier-ignore
  if (all.port !== undefined) checkWhole('mail: port', all.port, { least: 1, most: 65_535 });
  checkBoolean('mail: secure', all.secure);
  checkWhole('mail: timeoutMs', all.timeoutMs, { least: 1, most: 60_000 });
  checkWhole('mail: retries', all.retries, { least: 0, most: 10 });
  if (all.auth !== undefined) checkAuth(all.auth);
  return all;
}

function checkAuth(auth: NonNullable<MailOptions['auth']>): void {
  refuseUnknownOptions(auth, ['user', 'pass'], 'mail: auth');
  const isComplete = [auth.user, auth.pass].every((text) => typeof text === 'string' && text !== '');
  if (!isComplete) throw invalidOption('mail: auth', 'not complete', 'Give user and pass.');
}

interface Address {
  readonly name: string;
  readonly address: string;
}

/** Parsed here and handed on in parts: what a mail library makes of commas, comments and line breaks is no concern then. */
function addressOf(text: unknown, option: string): Address {
  const [, name = '', named, bare] = /^(?:([^<>"\p{C}]*)<([^<>]+)>|(.+))$/u.exec(String(text)) ?? [];
  const address = named ?? bare ?? '';
  if (/^[^\s<>@,;:"()[\]\\\p{C}]+@[^\s<>@,;:"()[\]\\\p{C}]+$/u.test(address)) return { name: name.trim(), address };
  throw invalidOption(
    `mail: ${option}`,
    JSON.stringify(text),
    'Give an address, for example "Sunbeon <ops@example.org>".',
  );
}

function recipientsOf(to: MailOptions['to']): Address[] {
  const list = Array.isArray(to) ? (to as readonly string[]) : [to];
  if (list.length === 0) throw invalidOption('mail: to', 'empty', 'Give an address, or several in a list.');
  return list.map((one) => addressOf(one, 'to'));
}

const MAX_SUBJECT = 150;

function textOf(alerts: readonly Alert[]): { subject: string; text: string } {
  const text = alerts.map((alert) => [lineOf(alert), ...detailsOf(alert)].join('\n  ')).join('\n\n');
  return { subject: `[Sunbeon] ${titleOf(alerts)}`.slice(0, MAX_SUBJECT).toWellFormed(), text: `${text}\n` };
}

/** A recipient that is refused while others are not would never be missed. */
function refusedBy({ rejected = [] }: SentMessageInfo): Failed | undefined {
  if (rejected.length === 0) return undefined;
  const error = new SunbeonError('NOTIFY_FAILED', `mail: ${rejected.length} of the recipients were refused, the others have it.`); // prettier-ignore
  return { error, isFinal: true };
}

/** A 5yz is the server's last word (RFC 5321, 4.2.1); what it never was asked (a login without TLS) it will not take later. */
function failureOf(cause: Error & { readonly code?: string; readonly responseCode?: number }): Failed {
  const { code = '', responseCode = 0, message } = cause;
  const error = new SunbeonError('NOTIFY_FAILED', `mail: it was not taken: ${oneLine(message)}.`, { cause });
  return { error, isFinal: responseCode === 0 ? ['EAUTH', 'EENVELOPE', 'ETLS'].includes(code) : responseCode >= 500 };
}

/** At boot, and not at the first mail in the night. */
function nodemailer(): typeof import('nodemailer') {
  try {
    return createRequire(import.meta.url)('nodemailer') as typeof import('nodemailer');
  } catch (cause) {
    throw new SunbeonError('OPTION_INVALID', 'mail: nodemailer is not installed.', {
      hint: 'npm install nodemailer',
      cause,
    });
  }
}
