import { SunbeonError } from '@sunbeon/core';
import type { DlqFilter } from '@sunbeon/kafka';
import type { Flags } from './command.js';
import { whole } from './operating.js';

/** Options of every command that means some of the buried records and not all. */
export const FILTER_FLAGS = {
  contract: { type: 'string' },
  error: { type: 'string' },
  fingerprint: { type: 'string' },
  key: { type: 'string' },
  id: { type: 'string' },
  attempts: { type: 'string' },
  header: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const;

/** How help shows them. */
export const FILTER_USAGE =
  '[--contract <name>] [--error <code or class>] [--fingerprint <hex>] [--key <key>] [--id <id>] [--attempts <n | n+ | n-m>] [--header <name>[=<value>]] [--since <time>] [--until <time>]';

/** @throws SunbeonError `OPTION_INVALID` */
export function filterOf(flags: Flags, nowMs: number): DlqFilter {
  const given: { -readonly [field in keyof DlqFilter]: DlqFilter[field] } = {};
  for (const name of ['contract', 'error', 'fingerprint', 'key', 'id'] as const) {
    const text = flags[name];
    if (typeof text === 'string') given[name] = text;
  }
  const { attempts, header, since, until } = flags as Readonly<Record<string, string | undefined>>;
  if (attempts !== undefined) given.attempts = attemptsOf(attempts);
  if (header !== undefined) given.header = headerOf(header);
  if (since !== undefined) given.sinceMs = momentOf('since', since, nowMs);
  if (until !== undefined) given.untilMs = momentOf('until', until, nowMs);
  return given;
}

/** `3`: exactly; `3+`: at least; `2-4`. */
function attemptsOf(text: string): NonNullable<DlqFilter['attempts']> {
  const match = /^([1-9]\d{0,8})(?:(\+)|-([1-9]\d{0,8}))?$/.exec(text);
  if (match === null) throw invalid('attempts', text, 'Give 3, 3+ (at least) or 2-4.');
  const min = Number(match[1]);
  return match[2] === undefined ? { min, max: Number(match[3] ?? min) } : { min };
}

function headerOf(text: string): NonNullable<DlqFilter['header']> {
  const at = text.indexOf('=');
  return at < 0 ? { name: text } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** ISO 8601, or so long ago: `30s`, `10m`, `2h`, `7d`. */
function momentOf(flag: string, text: string, nowMs: number): number {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS];
  const ms = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw invalid(flag, text, 'Give a time as 2026-01-31T12:00:00Z, or how long ago it is: 30s, 10m, 2h, 7d.');
}

function invalid(flag: string, text: string, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `--${flag} got "${text}".`, { hint });
}

/** {@link FILTER_FLAGS}, and `--all` for the commands that leave out what people have discarded. */
export const CHOICE_FLAGS = { ...FILTER_FLAGS, all: { type: 'boolean' } } as const;
export const CHOICE_USAGE = `${FILTER_USAGE} [--all]`;

/** @throws SunbeonError `OPTION_INVALID` */
export function choiceOf(flags: Flags, nowMs: number): { readonly filter: DlqFilter; readonly all: boolean } {
  return { filter: filterOf(flags, nowMs), all: flags['all'] === true };
}

/** A whole number from 1, under the name that the verb has for it; nothing where the flag is not given. @throws SunbeonError `OPTION_INVALID` */
export function wholeOf<N extends string>(
  flags: Flags,
  flag: string,
  name = flag as N,
): { readonly [name in N]?: number } {
  const text = flags[flag];
  if (text === undefined) return {};
  return { [name]: whole(flag, String(text)) } as { [name in N]: number };
}
