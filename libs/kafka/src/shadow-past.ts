import { AVRO_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { Open, Opened } from '@sunbeon/core/open';
import { placeId } from '@sunbeon/core/ids';
import type { Codec, IncomingRecord, Road } from '@sunbeon/core/ports';
import { isFinal } from '@sunbeon/core/result-status';
import { canonicalText, dropped, failed, type ShadowOutcome, succeeded } from '@sunbeon/core/shadow';
import { outputSubject } from '@sunbeon/core/subjects';
import { type Contract, SunbeonError, toFailure } from '@sunbeon/core';
import { headersOf, matchesOf, type Order, rangeOf } from './act-order.js';
import { look } from './act-read.js';
import { contractOf, errorOf, FACT_HEADERS, idOf } from './buried-facts.js';
import type { Positions } from './journal-entry.js';
import type { Route } from './names.js';
import { fromResultRecord, resultKey } from './results-record.js';
import { scan, scanBatches } from './scan.js';

export interface PastDependencies {
  readonly road: Road;
  readonly codec: Codec;
  readonly route: Route;
  readonly resultsTopic: string;
  /** Undefined for tasks. */
  readonly group: string | undefined;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly open: Open;
}

/** A range of the past. */
export interface Past {
  /** Messages in it, however many of them may be run. */
  readonly matched: number;
  readonly from: Positions;
  /** Where those end that may be run. */
  readonly ends: Positions;
  /** Of each of them, what became of it; undefined = nobody knows. */
  readonly outcomes: Map<string, ShadowOutcome | undefined>;
  /** Of the oldest one, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Clocks of different machines differ: what became of a message may bear an earlier time than itself. */
const CLOCK_SKEW_MS = 60_000;

/** The key under which its outcome is kept, here and on the results topic. */
export function outcomeKey(record: IncomingRecord, opened: Opened, group: string | undefined): string {
  const id = (opened.kind === 'foreign' ? undefined : opened.envelope?.id) ?? placeId(record);
  return group === undefined ? id : `${id}@${group}`;
}

/** Counts the messages of a range, and notes the first `most` of them. */
export async function survey(deps: PastDependencies, order: Order, most: number): Promise<Past> {
  const { positions: from, ends } = await rangeOf(deps.road, order);
  const isMeant = matchesOf(order);
  const [cut, outcomes] = [new Map(from), new Map<string, undefined>()];
  let [matched, sinceMs] = [0, Infinity];
  const headers = [...headersOf(order), HEADER.id, HEADER.type];
  await look(deps.road, { source: order.source, from, ends, headers }, (record) => {
    const opened = isMeant(record) ? deps.open(record) : undefined;
    if (opened !== undefined && opened.kind !== 'foreign' && ++matched <= most) {
      outcomes.set(outcomeKey(record, opened, deps.group), undefined);
      sinceMs = Math.min(sinceMs, record.timestampMs);
    }
    if (matched <= most) cut.set(record.partition, record.offset + 1);
  });
  return { matched, from, ends: matched <= most ? ends : cut, outcomes, sinceMs: Math.max(0, sinceMs - CLOCK_SKEW_MS) };
}

/**
 * Looks up what became of each, in one reading of the DLQ and one of the results: they know more, also of what was replayed later.
 * @throws SunbeonError retriable ones of the codec
 */
export async function recall(deps: PastDependencies, past: Past): Promise<void> {
  if (past.outcomes.size === 0) return;
  const topics = await (await deps.road.admin()).listTopics();
  if (topics.has(deps.route.dlq)) await readBurials(deps, past);
  if (topics.has(deps.resultsTopic)) await readResults(deps, past);
}

function readBurials({ road, route, group }: PastDependencies, { outcomes, sinceMs }: Past): Promise<void> {
  const headers = [...FACT_HEADERS.id, ...FACT_HEADERS.error, HEADER.type];
  return scan(road, { topic: route.dlq, sinceMs, headers }, (record) => {
    const id = idOf(record);
    const key = id === null ? undefined : resultKey(id, group === undefined ? '' : `@${group}`);
    if (key !== undefined && outcomes.has(key)) outcomes.set(key, failed(contractOf(record) ?? '', errorOf(record)));
  });
}

function readResults(deps: PastDependencies, { outcomes, sinceMs }: Past): Promise<void> {
  return scanBatches(deps.road, { topic: deps.resultsTopic, sinceMs }, async (records) => {
    for (const record of records) {
      const key = record.key?.toString();
      if (key === undefined || !outcomes.has(key)) continue;
      const outcome = await outcomeOf(record, deps);
      if (outcome !== 'not-final') outcomes.set(key, outcome);
    }
  });
}

/** Undefined: its end says nothing of its handler. */
async function outcomeOf(
  record: IncomingRecord,
  deps: PastDependencies,
): Promise<ShadowOutcome | undefined | 'not-final'> {
  const contract = (headerText(record.headers, HEADER.subject) ?? '').split('@')[0]!;
  try {
    const result = await fromResultRecord(record, (value) => read(value, record, deps));
    if (result === undefined || !isFinal(result.status)) return 'not-final';
    const error = result.error ?? { code: 'UNKNOWN', name: 'Error', message: '' };
    if (error.code === 'EXPIRED') return undefined;
    if (result.status === 'succeeded') return succeeded(canonicalText(result.output ?? null));
    return result.status === 'dropped' ? dropped(error.message) : failed(contract, error);
  } catch (thrown) {
    if (thrown instanceof SunbeonError && thrown.retriable) throw thrown;
    // Today's schema cannot read what was written: whatever it makes now is something else.
    return { status: 'succeeded', mark: '', shown: `unreadable: ${toFailure(thrown).message}`.slice(0, 300) };
  }
}

/** An output with the contract's schema of today, so that another version of it makes no difference; the rest as it is. */
function read(value: Buffer, record: IncomingRecord, { codec, contracts }: PastDependencies): Promise<unknown> {
  const text = (name: string): string | undefined => headerText(record.headers, name);
  const contract = contracts.get(text(HEADER.subject) ?? '');
  const hasOutput = text(HEADER.status) === 'succeeded' && contract?.kind === 'task' && contract.output !== 'null';
  if (!hasOutput) return codec.decodeAny(value);
  return codec.decode(outputSubject(contract), value, text(HEADER.contentType) ?? AVRO_CONTENT_TYPE);
}
