/** Reads one number or part after the other: zigzag, seven bits per byte, of 32 or 64 bits. */
export class Varints {
  constructor(
    readonly bytes: Buffer,
    /** Where the next one begins. */
    public from: number,
  ) {}

  next(): number {
    const { bytes } = this;
    const first = bytes[this.from++]!;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      const byte = bytes[this.from++]!;
      value += (byte & 0x7f) * scale;
      if (!(byte >= 0x80)) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A length and so many bytes, as a view; a length of -1 = null. */
  part(): Buffer | null {
    const length = this.next();
    if (length < 0) return null;
    const { from } = this;
    this.from += length;
    return this.bytes.subarray(from, from + length);
  }

  skipPart(): void {
    const length = this.next();
    if (length > 0) this.from += length;
  }
}
