import { createHash } from 'node:crypto';
import type { Failure } from './errors.js';
import { firstOwnFrame } from './stack-frame.js';

/** Of a message so many characters are looked at, and of what is left when all that varies is taken out, so many count. */
const MAX_READ = 2_000;
const MAX_COUNTED = 200;

/**
 * Which failures are "the same": contract, error code and class, the message with what differs from run to run taken out, and the
 * place in the user's own code. Twelve hex digits. `docs/reference/dlq.md` says it in full.
 */
export function fingerprint(contract: string, error: Pick<Failure, 'code' | 'name' | 'message' | 'stack'>): string {
  const place = error.stack === undefined ? '' : firstOwnFrame(error.stack, error.message);
  const same = [contract, error.code, error.name, normalise(error.message), normalise(place)].join('\n');
  return createHash('sha256').update(same).digest('hex').slice(0, 12);
}

/**
 * A message without its values: quoted text, addresses, paths, ids and numbers. Every pattern looks at a character a bounded number of
 * times, so that no message is slow.
 */
export function normalise(message: string): string {
  return message
    .slice(0, MAX_READ)
    .replace(/"[^"]*"|(?<!\w)'[^']*'(?!\w)|`[^`]*`/g, '"…"') // an apostrophe within a word quotes nothing
    .replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"]+/gi, 'url')
    .replace(/[^\s@"<>]{1,64}@[^\s@"<>]{1,255}/g, 'address')
    .replace(/(?:\/[^\s/:]+){2,}/g, '/…')
    .replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '#')
    .replace(/\b(?:(?=[a-z]*\d)(?=\d*[a-z])(?:[0-9a-z]{12,}|[0-9a-f]{6,})|0x[0-9a-f]+)\b/gi, '#')
    .replace(/\d+(?:\.\d+)*/g, '#')
    .slice(0, MAX_COUNTED);
}
