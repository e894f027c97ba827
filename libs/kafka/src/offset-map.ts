import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { OffsetRun } from '@sunbeon/core/ledger';
import { pushVarint, sizeOfVarint, varintsOf } from './varint.js';

/** Kafka's `offset.metadata.max.bytes`, as it comes: a commit with more is refused. */
export const MAX_METADATA = 4_096;

/** What stands before the base64: version, blank, the field's name, colon. `docs/reference/offset-map.md` has the format. */
export const VERSION = 'sb1';
const BEFORE = `${VERSION} fr:`.length;
/** Below it deflating saves nothing. */
const WORTH_DEFLATING = 64;
/** Of a map before it is deflated; what inflates to more is not ours. */
const MAX_PLAIN = 16 * 1024;

/** Runs or bits; capital: deflated. */
type Kind = 'r' | 'b' | 'R' | 'B';

/**
 * The finished offsets above the committed one, as commit metadata: as runs or as bits, deflated if that is shorter, whichever is
 * shortest. `''` = nothing is finished above it. Never longer than `room` characters: of a map that does not fit, as much as fits
 * is said, from its beginning.
 */
export function encodeOffsetMap(offset: number, finished: readonly OffsetRun[], room = MAX_METADATA): string {
  const maxBytes = Math.floor(((room - BEFORE) * 3) / 4);
  const best = candidates(offset, finished).reduce<[Kind, Buffer] | undefined>(shorter, undefined);
  const [kind, bytes] = best !== undefined && best[1].length <= maxBytes ? best : truncated(offset, finished, maxBytes);
  return bytes.length === 0 ? '' : `${VERSION} f${kind}:${bytes.toString('base64').replace(/=+$/, '')}`;
}

/** What {@link encodeOffsetMap} said. Whatever else stands there, of somebody else or of a later version, says nothing. */
export function decodeOffsetMap(offset: number, metadata: string): OffsetRun[] {
  const [version, ...fields] = metadata.slice(0, MAX_PLAIN).split(' ');
  const field = version === VERSION ? fields.map((one) => /^f([rbRB]):([A-Za-z0-9+/]+)$/.exec(one)).find(Boolean) : null; // prettier-ignore
  if (!field) return [];
  const [, kind, text] = field as unknown as [string, Kind, string];
  const bytes = plain(kind, Buffer.from(text, 'base64'));
  if (bytes === undefined) return [];
  return kind === 'r' || kind === 'R' ? fromRuns(offset, bytes) : fromBits(offset, bytes);
}

/** How many characters the map needs at most: not deflated, and not built. */
export function offsetMapSize(offset: number, finished: readonly OffsetRun[]): number {
  return finished.length === 0 ? 0 : inBase64(Math.min(sizeOfRuns(offset, finished), sizeOfBits(offset, finished)));
}

/** The same without a look at the map: of so many runs within so many offsets. */
export function offsetMapBound(runs: number, span: number): number {
  return runs === 0 ? 0 : inBase64(Math.min(runs * 2 * sizeOfVarint(span), Math.ceil(span / 8)));
}

function inBase64(bytes: number): number {
  return BEFORE + Math.ceil((bytes * 4) / 3);
}

function candidates(offset: number, finished: readonly OffsetRun[]): [Kind, Buffer][] {
  const found: [Kind, Buffer][] = [];
  if (sizeOfRuns(offset, finished) <= MAX_PLAIN) found.push(['r', toRuns(offset, finished)]);
  if (sizeOfBits(offset, finished) <= MAX_PLAIN) found.push(['b', toBits(offset, finished)]);
  const worth = found.filter(([, bytes]) => bytes.length > WORTH_DEFLATING);
  return [...found, ...worth.map(([kind, bytes]) => [kind === 'r' ? 'R' : 'B', deflateRawSync(bytes)] as [Kind, Buffer])]; // prettier-ignore
}

function shorter(best: [Kind, Buffer] | undefined, one: [Kind, Buffer]): [Kind, Buffer] {
  return best === undefined || one[1].length < best[1].length ? one : best;
}

/** True as far as it goes: what is left out counts as not finished, and runs again after a crash. */
function truncated(offset: number, finished: readonly OffsetRun[], maxBytes: number): [Kind, Buffer] {
  const end = offset + maxBytes * 8;
  const near = finished.filter(({ from }) => from < end).map(({ from, to }) => ({ from, to: Math.min(to, end) }));
  let [fits, bytes, at] = [0, 0, offset];
  for (const { from, to } of finished) {
    bytes += sizeOfVarint(from - at) + sizeOfVarint(to - from);
    if (bytes > maxBytes) break;
    [fits, at] = [fits + 1, to];
  }
  const first = finished.slice(0, fits);
  return count(first) > count(near) ? ['r', toRuns(offset, first)] : ['b', toBits(offset, near)];
}

function count(runs: readonly OffsetRun[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from, 0);
}

function plain(kind: Kind, bytes: Buffer): Buffer | undefined {
  if (kind === 'r' || kind === 'b') return bytes;
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_PLAIN });
  } catch {
    return undefined; // not what we wrote
  }
}

/* ---- Runs: by turns how many offsets are open and how many finished, from the committed one on, as varints. ---- */

function sizeOfRuns(offset: number, finished: readonly OffsetRun[]): number {
  let [size, at] = [0, offset];
  for (const { from, to } of finished) {
    size += sizeOfVarint(from - at) + sizeOfVarint(to - from);
    at = to;
  }
  return size;
}

export function toRuns(offset: number, finished: readonly OffsetRun[]): Buffer {
  const bytes: number[] = [];
  let at = offset;
  for (const { from, to } of finished) {
    pushVarint(bytes, from - at);
    pushVarint(bytes, to - from);
    at = to;
  }
  return Buffer.from(bytes);
}

/** @returns nothing for bytes that {@link toRuns} has not written */
export function fromRuns(offset: number, bytes: Buffer): OffsetRun[] {
  const runs: OffsetRun[] = [];
  let [at, isFinished] = [offset, false];
  for (const value of varintsOf(bytes) ?? []) {
    if (value === 0 || !Number.isSafeInteger(at + value)) return []; // no run is empty
    if (isFinished) runs.push({ from: at, to: at + value });
    at += value;
    isFinished = !isFinished;
  }
  return runs;
}

/* ---- Bits: one per offset from the committed one on, the lowest of a byte first; 1 = finished. ---- */

function sizeOfBits(offset: number, finished: readonly OffsetRun[]): number {
  return Math.ceil(((finished.at(-1)?.to ?? offset) - offset) / 8);
}

function toBits(offset: number, finished: readonly OffsetRun[]): Buffer {
  const bytes = Buffer.alloc(sizeOfBits(offset, finished));
  for (const { from, to } of finished)
    for (let bit = from - offset; bit < to - offset; bit++) bytes[bit >> 3]! |= 1 << (bit & 7);
  return bytes;
}

function fromBits(offset: number, bytes: Buffer): OffsetRun[] {
  const runs: OffsetRun[] = [];
  let from: number | undefined;
  for (let bit = 0; bit <= bytes.length * 8; bit++) {
    const isFinished = bit < bytes.length * 8 && (bytes[bit >> 3]! & (1 << (bit & 7))) !== 0;
    if (isFinished) from ??= bit;
    else if (from !== undefined) {
      runs.push({ from: offset + from, to: offset + bit });
      from = undefined;
    }
  }
  return runs;
}
