const WORDS = 4;
/** A power of two, as all sizes after it. */
const FIRST_SLOTS = 1_024;
const MOST_FULL = 0.7;

/**
 * How often each of many digests (of 16 bytes and more) was noted, in 22 to 45 bytes each, where a `Map` of texts takes over 100. Two that are
 * equal in 128 bits count as one.
 */
export class ByteCounts {
  #digests = new Uint32Array(FIRST_SLOTS * WORDS);
  #counts = new Uint32Array(FIRST_SLOTS);
  /** Of each, how many {@link take} has not given yet. */
  #left = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  /** Notes it once more. */
  add(digest: Buffer): void {
    if (this.#size >= this.#counts.length * MOST_FULL) this.#grow();
    const slot = this.#slotOf(wordsOf(digest));
    if (this.#counts[slot] === 0) {
      this.#digests.set(wordsOf(digest), slot * WORDS);
      this.#size += 1;
    }
    this.#counts[slot]! += 1;
  }

  /** It was met elsewhere: one more of those noted is accounted for. @returns false when all of them are, or none was noted */
  meet(digest: Buffer): boolean {
    const slot = this.#slotOf(wordsOf(digest));
    if (this.#left[slot]! >= this.#counts[slot]!) return false;
    this.#left[slot]! += 1;
    return true;
  }

  /** Takes one that was met. @returns false when there is none left */
  take(digest: Buffer): boolean {
    const slot = this.#slotOf(wordsOf(digest));
    if (this.#left[slot] === 0) return false;
    this.#left[slot]! -= 1;
    return true;
  }

  /** Its slot, or the free one where it belongs. */
  #slotOf(words: readonly number[]): number {
    const slots = this.#counts.length;
    let slot = (words[0]! ^ words[1]! ^ words[2]! ^ words[3]!) & (slots - 1);
    while (this.#counts[slot] !== 0 && !this.#isAt(slot, words)) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  #isAt(slot: number, words: readonly number[]): boolean {
    return words.every((word, i) => this.#digests[slot * WORDS + i] === word);
  }

  #grow(): void {
    const [digests, counts, left] = [this.#digests, this.#counts, this.#left];
    const slots = counts.length * 2;
    [this.#digests, this.#counts, this.#left] = [new Uint32Array(slots * WORDS), new Uint32Array(slots), new Uint32Array(slots)]; // prettier-ignore
    for (let old = 0; old < counts.length; old++) {
      if (counts[old] === 0) continue;
      const words = [...digests.subarray(old * WORDS, (old + 1) * WORDS)];
      const slot = this.#slotOf(words);
      this.#digests.set(words, slot * WORDS);
      [this.#counts[slot], this.#left[slot]] = [counts[old]!, left[old]!];
    }
  }
}

function wordsOf(digest: Buffer): number[] {
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}
