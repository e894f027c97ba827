import { SunbeonError } from '@sunbeon/core';
import { HEADER, type HeaderValue, headerText } from '@sunbeon/core/headers';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { attemptsOf, type BuriedFacts, contractOf, FACT_HEADERS, fingerprintOf, idOf } from './buried-facts.js';
import type { DispositionOf } from './dlq.js';

/** Which buried records are meant: those to which all that is given applies. `{}` = all. */
export interface DlqFilter {
  /** The contract's name. */
  readonly contract?: string;
  /** A Sunbeon code (`HANDLER_FAILED`) or an error class (`TypeError`; of a Java class its name or its full name). */
  readonly error?: string;
  /** Twelve hexadecimal digits. */
  readonly fingerprint?: string;
  /** The record's key as text, compared byte by byte. */
  readonly key?: string;
  readonly id?: string;
  /** The number of the last attempt: at least `min`, and at most `max` where it is given (both the same = exactly). */
  readonly attempts?: { readonly min: number; readonly max?: number };
  /** A header that is there; with `value`, one of its values is this text, compared byte by byte. */
  readonly header?: { readonly name: string; readonly value?: string };
  /** Buried at or after this moment, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** Buried before this moment, in milliseconds since the epoch. */
  readonly untilMs?: number;
}

/** Which records a verb is about. */
export interface Choice {
  /** Default all. */
  readonly filter?: DlqFilter;
  /** Also those that a person has discarded. */
  readonly all?: boolean;
}

/** A choice as it is applied: what to read at all, and for each DLQ which of its records are meant. */
export interface Chosen {
  readonly sinceMs: number | undefined;
  /** The headers that the filter looks at. */
  readonly headers: readonly string[];
  readonly ofDlq: (dlq: string) => Promise<Meant>;
}

/** Of one DLQ: which records are meant, and what people have done about each. */
export interface Meant {
  readonly isMeant: (record: IncomingRecord) => boolean;
  readonly dispositionOf: DispositionOf;
}

/** What people have done about the records of a DLQ. */
export type Dispositions = (dlq: string) => Promise<DispositionOf>;

const ALL_OPEN: Dispositions = () => Promise.resolve(() => 'open');

/** @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function chosen({ filter = {}, all = false }: Choice, dispositions: Dispositions = ALL_OPEN): Chosen {
  const fits = matcher(filter);
  const ofDlq: Chosen['ofDlq'] = async (dlq) => {
    const dispositionOf = await dispositions(dlq);
    const isKept = (record: IncomingRecord): boolean => dispositionOf(record.partition, record.offset) !== 'discarded';
    return { isMeant: all ? fits : (record) => fits(record) && isKept(record), dispositionOf };
  };
  return { sinceMs: filter.sinceMs, headers: headersOf(filter), ofDlq };
}

function headersOf(filter: DlqFilter): string[] {
  const facts = Object.entries(FACT_HEADERS).filter(([field]) => filter[field as keyof typeof FACT_HEADERS] !== undefined); // prettier-ignore
  return [...facts.flatMap(([, names]) => names), ...(filter.header === undefined ? [] : [filter.header.name])];
}

type Test = (record: BuriedFacts) => boolean;

const FIELDS = ['contract', 'error', 'fingerprint', 'key', 'id', 'attempts', 'header', 'sinceMs', 'untilMs'] as const;

/**
 * Whether a buried record is meant. Cheap looks come first: most records fail at the first, and histories are parsed for the rest only.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function matcher(filter: DlqFilter): (record: BuriedFacts) => boolean {
  checkDlqFilter(filter);
  const tests = testsOf(filter);
  return (record) => tests.every((test) => test(record));
}

/** @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` naming the field */
function checkDlqFilter(filter: DlqFilter): void {
  refuseUnknownOptions(filter, FIELDS, 'filter');
  for (const field of ['contract', 'error', 'fingerprint', 'key', 'id'] as const)
    if (filter[field] !== undefined && typeof filter[field] !== 'string') throw invalid(field, filter, 'Give text.');
  for (const field of ['sinceMs', 'untilMs'] as const)
    if (filter[field] !== undefined && !Number.isFinite(filter[field]))
      throw invalid(field, filter, 'Give milliseconds since the epoch.');
  checkAttempts(filter);
  checkHeader(filter);
}

function checkAttempts(filter: DlqFilter): void {
  const { attempts } = filter;
  if (attempts === undefined) return;
  refuseUnknownOptions(attempts, ['min', 'max'], 'filter.attempts');
  const { min, max = min } = attempts;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min < 1 || max < min)
    throw invalid('attempts', filter, 'Give whole numbers from 1, min not above max.');
}

function checkHeader(filter: DlqFilter): void {
  const { header } = filter;
  if (header === undefined) return;
  refuseUnknownOptions(header, ['name', 'value'], 'filter.header');
  if (typeof header.name !== 'string' || header.name === '' || !['string', 'undefined'].includes(typeof header.value))
    throw invalid('header', filter, 'Give { name, value } as text; the value may be left out.');
}

function invalid(field: keyof DlqFilter, filter: DlqFilter, hint: string): SunbeonError {
  const got = JSON.stringify(filter[field]) ?? String(filter[field]);
  return new SunbeonError('OPTION_INVALID', `filter.${field} got ${got}.`, { hint, facts: { option: field } });
}

/** From cheap to dear. */
function testsOf(filter: DlqFilter): Test[] {
  const { contract, error, fingerprint, key, id, attempts, header, sinceMs, untilMs } = filter;
  const tests: (Test | undefined)[] = [
    sinceMs === undefined ? undefined : ({ timestampMs }) => timestampMs >= sinceMs,
    untilMs === undefined ? undefined : ({ timestampMs }) => timestampMs < untilMs,
    key === undefined ? undefined : hasKey(key),
    contract === undefined ? undefined : (record) => contractOf(record) === contract,
    error === undefined ? undefined : isError(error),
    header === undefined ? undefined : hasHeader(header),
    id === undefined ? undefined : (record) => idOf(record) === id,
    fingerprint === undefined ? undefined : (record) => fingerprintOf(record) === fingerprint,
    attempts === undefined ? undefined : hasAttempts(attempts),
  ];
  return tests.filter((test) => test !== undefined);
}

function hasKey(text: string): Test {
  const wanted = Buffer.from(text);
  return ({ key }) => key !== null && wanted.equals(key);
}

function isError(error: string): Test {
  const classEnd = `.${error}`;
  return ({ headers }) => {
    if ((headerText(headers, HEADER.errorCode) ?? 'UNKNOWN') === error) return true;
    const name = headerText(headers, HEADER.dltErrorName) ?? 'Error';
    return name === error || name.endsWith(classEnd);
  };
}

function hasHeader({ name, value }: NonNullable<DlqFilter['header']>): Test {
  const wanted = value === undefined ? undefined : Buffer.from(value);
  return ({ headers }) => {
    if (!Object.hasOwn(headers, name)) return false;
    const given = headers[name];
    // Kafka allows a header without a value, which clients give as null: it counts as an empty one.
    const values = (Array.isArray(given) ? given : [given]) as (HeaderValue | null | undefined)[];
    return wanted === undefined || values.some((one) => wanted.equals(bytesOf(one)));
  };
}

function bytesOf(value: HeaderValue | null | undefined): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? Buffer.alloc(0));
}

function hasAttempts({ min, max = Infinity }: NonNullable<DlqFilter['attempts']>): Test {
  return (record) => {
    const attempts = attemptsOf(record);
    return attempts >= min && attempts <= max;
  };
}
