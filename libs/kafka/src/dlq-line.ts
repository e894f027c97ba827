import { SunbeonError } from '@sunbeon/core';
import type { HeaderValue, RecordHeaders } from '@sunbeon/core/headers';
import type { IncomingRecord } from '@sunbeon/core/ports';

/** A buried record as a line of an export says it. `docs/reference/dlq.md` has the format. */
export interface BuriedLine {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When it was buried, in milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

const FIELDS = ['topic', 'partition', 'offset', 'timestampMs', 'key', 'value', 'headers'];

/** One line of NDJSON, with its line end. */
export function lineOf(record: IncomingRecord): string {
  const { topic, partition, offset, timestampMs, key, value } = record;
  const headers = headerPairs(record.headers).map(([name, one]) => [name, base64(one)]);
  return `${JSON.stringify({ topic, partition, offset, timestampMs, key: base64(key), value: base64(value), headers })}\n`;
}

/** Name and value of each header, in the order in which the client gives them. */
export function headerPairs(headers: RecordHeaders): (readonly [string, Buffer | null])[] {
  return Object.entries(headers).flatMap(([name, given]) => {
    if (given === undefined) return [];
    const values = (Array.isArray(given) ? given : [given]) as (HeaderValue | null)[];
    return values.map((value) => [name, typeof value === 'string' ? Buffer.from(value) : value] as const);
  });
}

function base64(bytes: Buffer | null): string | null {
  return bytes?.toString('base64') ?? null;
}

/** @throws SunbeonError `DLQ_LINE_INVALID` with the number of the line, from 1 */
export function parseLine(text: string, number: number): BuriedLine {
  const fields = objectOf(text, number);
  for (const name of Object.keys(fields)) if (!FIELDS.includes(name)) throw invalid(number, `nobody reads "${name}"`);
  const { topic, partition, offset, timestampMs, key, value, headers } = fields;
  if (typeof topic !== 'string' || topic === '') throw invalid(number, '"topic" is no text');
  return {
    topic,
    partition: whole(partition, 'partition', number),
    offset: whole(offset, 'offset', number),
    timestampMs: finite(timestampMs, number),
    key: bytes(key, 'key', number),
    value: bytes(value, 'value', number),
    headers: headersOf(headers, number),
  };
}

export function invalid(number: number, why: string): SunbeonError {
  return new SunbeonError('DLQ_LINE_INVALID', `Line ${number} is no buried record: ${why}.`, {
    hint: 'Give a file that "sunbeon dlq export" has written.',
    facts: { line: number },
  });
}

function objectOf(text: string, number: number): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid(number, 'it is no JSON');
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw invalid(number, 'it is no JSON object');
}

function whole(value: unknown, name: string, number: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw invalid(number, `"${name}" is no whole number`);
}

function finite(value: unknown, number: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(number, '"timestampMs" is no number');
}

/** Strict: `Buffer` passes over what is no base64, and the record would be another one. */
function bytes(value: unknown, name: string, number: number): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string') {
    const read = Buffer.from(value, 'base64');
    if (read.toString('base64') === value) return read;
  }
  throw invalid(number, `"${name}" is neither base64 nor null`);
}

function headersOf(value: unknown, number: number): RecordHeaders {
  if (!Array.isArray(value)) throw invalid(number, '"headers" is no list of [name, base64]');
  const byName = new Map<string, (Buffer | null)[]>();
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string')
      throw invalid(number, '"headers" is no list of [name, base64]');
    const one = bytes(pair[1], `header ${pair[0]}`, number);
    byName.set(pair[0], [...(byName.get(pair[0]) ?? []), one]);
  }
  // Not an assignment: a header may be named `__proto__`.
  return Object.fromEntries([...byName].map(([name, values]) => [name, (values.length === 1 ? values[0] : values) as HeaderValue])); // prettier-ignore
}
