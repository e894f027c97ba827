import { toFailure } from '@sunbeon/core';
import type { Clock, IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { AUDIT_TOPIC } from './names.js';
import type { Produce } from './produce.js';
import { scan } from './scan.js';

/** One record of the audit topic. Each act has two: what was meant, before it began, and what came of it. */
export interface AuditEntry {
  /** The act's id. */
  readonly act: string;
  /** An act that never ended died: see whether it can be gone on with. */
  readonly phase: 'begun' | 'resumed' | 'ended';
  readonly verb: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** What it was asked to do. */
  readonly what: Readonly<Record<string, unknown>>;
  /** Of an ended one, also when it failed. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface AuditDependencies {
  readonly produce: Produce;
  readonly clock: Clock;
  /** The deployment's. */
  readonly prefix: string;
}

type Head = Pick<AuditEntry, 'act' | 'verb' | 'by' | 'what'>;

/** What an act has come to, for its last record. */
export interface Audited<T> {
  readonly result: T;
  readonly counts: Readonly<Record<string, number>>;
}

/** Writes who does what before `work` begins, and what came of it afterwards. Without the first nothing is done. */
export async function audited<T>(
  deps: AuditDependencies,
  head: Head & { readonly phase?: 'begun' | 'resumed' },
  work: () => Promise<Audited<T>>,
): Promise<T> {
  const { phase = 'begun', ...rest } = head;
  await write(deps, { ...rest, phase });
  try {
    const { result, counts } = await work();
    await write(deps, { ...rest, phase: 'ended', counts });
    return result;
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    // If it cannot be written either, the first error is the one to be told; an act without an end is seen to have died.
    await write(deps, { ...rest, phase: 'ended', error: { code, message } }).catch(() => undefined);
    throw thrown;
  }
}

/** From the oldest on; none where nobody has acted yet. */
export async function readAudit(
  { road, prefix, sinceMs }: { readonly road: Road; readonly prefix: string; readonly sinceMs?: number | undefined },
  onEntry: (entry: AuditEntry) => void,
): Promise<void> {
  const topic = prefix + AUDIT_TOPIC;
  if (!(await (await road.admin()).listTopics()).has(topic)) return;
  await scan(road, { topic, ...(sinceMs === undefined ? {} : { sinceMs }) }, (record) => {
    const entry = entryOf(record);
    if (entry !== undefined) onEntry(entry);
  });
}

function write({ produce, clock, prefix }: AuditDependencies, entry: Omit<AuditEntry, 'at'>): Promise<void> {
  const value = Buffer.from(JSON.stringify({ ...entry, at: new Date(clock.now()).toISOString() }));
  const headers = { 'content-type': 'application/json' };
  const record: OutgoingRecord = { topic: prefix + AUDIT_TOPIC, partition: 0, key: entry.act, value, headers };
  return produce.send([record]);
}

function entryOf({ value }: IncomingRecord): AuditEntry | undefined {
  try {
    const entry = JSON.parse(value!.toString()) as Partial<AuditEntry> | null;
    const texts = [entry?.act, entry?.phase, entry?.verb, entry?.by, entry?.at];
    return texts.every((text) => typeof text === 'string') ? (entry as AuditEntry) : undefined;
  } catch {
    return undefined; // somebody else's record
  }
}
