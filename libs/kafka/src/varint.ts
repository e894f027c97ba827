/** LEB128, for numbers up to 2^53: seven bits a byte, the lowest first, the highest bit set in all but the last. */
export function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
}

export function sizeOfVarint(value: number): number {
  let size = 1;
  for (let limit = 128; value >= limit; limit *= 128) size++;
  return size;
}

/** All numbers that are there; undefined when one is beyond 2^53 or cut off. */
export function varintsOf(bytes: Buffer): number[] | undefined {
  const values: number[] = [];
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (!Number.isSafeInteger(value)) return undefined;
    if (byte >= 0x80) continue;
    values.push(value);
    [value, scale] = [0, 1];
  }
  return scale === 1 ? values : undefined;
}
