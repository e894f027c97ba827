import type { OutgoingRecord } from '@sunbeon/core/ports';

/** Key, value and headers, with about 20 bytes of framing each. */
export function sizeOf(record: OutgoingRecord): number {
  let bytes = 20 + (record.value?.length ?? 0) + lengthOf(record.key);
  for (const [name, value] of Object.entries(record.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) bytes += name.length + lengthOf(one) + 4;
  }
  return bytes;
}

function lengthOf(value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}
