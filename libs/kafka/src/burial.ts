import { HEADER, type RecordHeaders } from '@sunbeon/core/headers';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { sizeOf } from './record-size.js';
import { writeUntilAcknowledged, type WriteDependencies, type Writing } from './writer.js';

/** Of a message that must be short. */
const SHORT_MESSAGE = 200;
/** Of what stays with a record that is buried by reference: its key and each of its headers, in bytes, and all headers together. */
const SHORT_PART = 1_024;
const SHORT_HEADERS = 16 * 1024;

/** A record of so many bytes fits wherever anything does: only such ones share the DLQ record's fate. */
const SURELY_FITS = 1_500;

/** How a record is buried when it does not fit as it should: each with less about its burial. */
const SHAPES: readonly ((record: OutgoingRecord) => OutgoingRecord)[] = [(record) => record, brief, bare];

type To = Omit<Writing, 'insist'> & { readonly dlq: string };

/**
 * Writes the records of a burial until they are acknowledged. What is too large for the DLQ is written with less about its burial,
 * and if it does not fit by itself, by reference: it is left where it lies until its topic's retention, and the DLQ says where.
 * Its partition goes on, and people are told. A result that is too large (its id may be anything) is not written.
 */
export async function writeBurial(
  records: readonly OutgoingRecord[],
  to: To,
  deps: WriteDependencies,
): Promise<'acknowledged' | 'released'> {
  const [dead, others] = [
    records.find(({ topic }) => topic === to.dlq)!,
    records.filter(({ topic }) => topic !== to.dlq),
  ];
  const small = others.filter((record) => sizeOf(record) <= SURELY_FITS);
  const buried = await writeWhatFits(dead, small, { to, deps });
  if (buried === 'released' || small.length === others.length) return buried;
  const told = await writeUntilAcknowledged(others.filter((record) => !small.includes(record)), { ...to, insist: false }, deps); // prettier-ignore
  return told === 'released' ? told : 'acknowledged';
}

async function writeWhatFits(
  dead: OutgoingRecord,
  others: readonly OutgoingRecord[],
  { to, deps }: { readonly to: To; readonly deps: WriteDependencies },
): Promise<'acknowledged' | 'released'> {
  for (const shape of SHAPES) {
    const written = await writeUntilAcknowledged([shape(dead), ...others], { ...to, insist: false }, deps);
    if (written !== 'too-large') return written;
  }
  const written = await writeUntilAcknowledged([reference(dead), ...others], { ...to, insist: true }, deps);
  if (written === 'acknowledged') deps.events.emit('record.left-behind', { ...to.facts, dlq: to.dlq });
  return written as 'acknowledged' | 'released';
}

function brief(record: OutgoingRecord): OutgoingRecord {
  const { [HEADER.dltStack]: _stack, [HEADER.dltErrorMessage]: message, ...kept } = record.headers;
  const short = typeof message === 'string' ? message.slice(0, SHORT_MESSAGE) : message;
  return { ...record, headers: { ...kept, ...(short !== undefined && { [HEADER.dltErrorMessage]: short }) } };
}

/** Where it came from and its error's code: what is needed to find and to count it. */
function bare(record: OutgoingRecord): OutgoingRecord {
  const { [HEADER.history]: _history, [HEADER.dltErrorName]: _name, ...kept } = brief(record).headers;
  return { ...record, headers: { ...kept, [HEADER.dltErrorMessage]: 'see its code: there was no room for more' } };
}

function reference(record: OutgoingRecord): OutgoingRecord {
  const kept: Record<string, RecordHeaders[string]> = {};
  let room = SHORT_HEADERS;
  const { headers } = bare(record);
  const ours = new Set<string>(Object.values(HEADER));
  for (const name of Object.keys(headers).sort((a, b) => Number(ours.has(b)) - Number(ours.has(a)))) {
    const size = name.length + bytesOf(headers[name]);
    if (size > SHORT_PART || size > room) continue;
    room -= size;
    kept[name] = headers[name];
  }
  const { key, value } = record;
  const isKeyShort = key === null || Buffer.byteLength(key) <= SHORT_PART;
  const bytes = String(value?.length ?? 0);
  return { ...record, key: isKeyShort ? key : null, value: null, headers: { ...kept, [HEADER.leftBehind]: bytes } };
}

function bytesOf(value: RecordHeaders[string]): number {
  return [value].flat().reduce((size, one) => size + (one === undefined ? 0 : Buffer.byteLength(one as string)), 0);
}
