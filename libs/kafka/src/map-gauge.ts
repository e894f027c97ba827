import type { Ledger } from '@sunbeon/core/ledger';
import { MAX_METADATA, offsetMapBound, offsetMapSize } from './offset-map.js';

/** From here on a partition takes no new records, until it is below the lower mark. */
const HIGH = MAX_METADATA * 0.75;
const LOW = MAX_METADATA / 2;
/** While it is too large, it is measured again after so many: fewer than are open then, so that it never waits for one too many. */
const PATIENCE = 64;

/**
 * Whether a partition's offset map is too large to take new records. Measuring walks over all that is open, so it is done only
 * when the map may have grown past the mark since: one more finished offset makes it larger by little.
 */
export class MapGauge {
  isFull = false;
  /** Offsets that may finish before the map can have reached the mark. */
  #budget = 0;

  constructor(private readonly ledger: Ledger) {}

  /** Called for each finished offset. @returns whether {@link isFull} is another than before */
  finished(): boolean {
    return --this.#budget < 0 && this.#measure();
  }

  #measure(): boolean {
    const { ledger, isFull } = this;
    // What an earlier owner left counts only together with much that is open: reading on is what makes it smaller.
    const bound = this.#bound();
    const size = bound < LOW ? bound : offsetMapSize(ledger.committable ?? 0, ledger.finishedAbove());
    this.isFull = size >= (isFull ? LOW : HIGH);
    this.#budget = this.isFull ? PATIENCE : Math.floor((HIGH - size) / this.#growth());
    return this.isFull !== isFull;
  }

  /** Above each open offset there is one run at most. */
  #bound(): number {
    return offsetMapBound(this.ledger.open, this.#span());
  }

  #span(): number {
    return this.ledger.highest + 1 - (this.ledger.committable ?? 0);
  }

  /** In characters: a finished offset parts an open run in two, and a number or two becomes a byte longer. */
  #growth(): number {
    return offsetMapBound(2, this.#span() + 2 ** 14) - offsetMapBound(1, this.#span() + 2 ** 14) + 4;
  }
}
