import { createHash } from 'node:crypto';
import type { Failure } from './errors.js';

/**
 * Which failures are "the same": contract, error class and message, with what differs from run to run (numbers, ids, quoted
 * values, paths) taken out. Twelve hex digits.
 */
export function fingerprint(contract: string, error: Pick<Failure, 'code' | 'name' | 'message'>): string {
  const same = [contract, error.code, error.name, normalise(error.message)].join('\n');
  return createHash('sha256').update(same).digest('hex').slice(0, 12);
}

function normalise(message: string): string {
  return message
    .slice(0, 500)
    .replace(/"[^"]*"|(?<!\w)'[^']*'(?!\w)|`[^`]*`/g, '"…"') // an apostrophe within a word quotes nothing
    .replace(/(?:\/[^\s/:]+){2,}/g, '/…')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '#')
    .replace(/\b(?=[a-z]*\d)[0-9a-z]{12,}\b/gi, '#')
    .replace(/\b0x[0-9a-f]+\b|\b\d+(?:\.\d+)?/gi, '#');
}
