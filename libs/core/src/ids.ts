import { createHash } from 'node:crypto'; // a pure function of its input: the one built-in that core uses

/**
 * A deterministic id: the same parts give the same UUIDv8 (RFC 9562, section 5.8), so that what the system itself sends on
 * (a follow-up, a retry of a send) can be sent twice without being two messages.
 * The first 48 bits are `timeMs`, as in a UUIDv7, so that ids still sort and can be looked up by time.
 */
export function derivedId(timeMs: number, ...parts: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes.writeUIntBE(fitting(timeMs), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A record's timestamp is the sender's to choose (microseconds, -1): an id must come of any number. */
function fitting(timeMs: number): number {
  return Number.isNaN(timeMs) ? 0 : Math.min(Math.max(0, Math.floor(timeMs)), 2 ** 48 - 1);
}

/** The id of a record that names none: derived from its place, so that every reader gives it the same. */
export function placeId(record: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}): string {
  return derivedId(record.timestampMs, record.topic, String(record.partition), String(record.offset));
}

/** The moment in a UUIDv7 or a {@link derivedId}, in milliseconds since the epoch; undefined for any other id. */
export function timeOfId(id: string): number | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-[78][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i.exec(id);
  return match === null ? undefined : parseInt(match[1]! + match[2]!, 16);
}
