import { SunbeonError } from '@sunbeon/core/errors';
import type { Marks, MarkState } from '@sunbeon/core/marks';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import type { Clock } from '@sunbeon/core/ports';

export interface MemoryMarksOptions {
  /** Most keys that are remembered; beyond it the one that was marked longest ago is forgotten. Default 100,000 (some 20 MB). */
  readonly maxKeys?: number;
  /** Default: the system's time. */
  readonly clock?: Pick<Clock, 'now'>;
}

interface Mark {
  readonly state: Exclude<MarkState, 'new'>;
  readonly untilMs: number;
}

/**
 * Marks in the memory of one process: for tests, and where one consumer is all there is. A restart forgets everything, and other
 * processes know nothing of it.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function memoryMarks(options: MemoryMarksOptions = {}): Marks {
  refuseUnknownOptions(options, ['maxKeys', 'clock'], 'memoryMarks');
  const { maxKeys = 100_000, clock = Date } = options;
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw new SunbeonError('OPTION_INVALID', `memoryMarks: maxKeys is ${String(maxKeys)}.`, {
      hint: 'Give a whole number of at least 1.',
      facts: { option: 'maxKeys', value: maxKeys },
    });
  }
  return new MemoryMarks(maxKeys, clock);
}

class MemoryMarks implements Marks {
  /** In the order of marking, so the first is the one to forget. */
  readonly #marks = new Map<string, Mark>();

  constructor(
    private readonly maxKeys: number,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  async begin(key: string, { leaseMs }: { readonly leaseMs: number }): Promise<MarkState> {
    const known = this.#alive(key);
    if (known !== undefined) return known.state;
    this.#put(key, { state: 'running', untilMs: this.clock.now() + leaseMs });
    return 'new';
  }

  async done(key: string, { keepMs }: { readonly keepMs: number }): Promise<void> {
    this.#put(key, { state: 'done', untilMs: this.clock.now() + keepMs });
  }

  async release(key: string): Promise<void> {
    if (this.#alive(key)?.state !== 'done') this.#marks.delete(key);
  }

  #alive(key: string): Mark | undefined {
    const mark = this.#marks.get(key);
    return mark !== undefined && mark.untilMs > this.clock.now() ? mark : undefined;
  }

  #put(key: string, mark: Mark): void {
    this.#marks.delete(key); // to the end of the order
    this.#marks.set(key, mark);
    if (this.#marks.size <= this.maxKeys) return;
    const [oldest] = this.#marks.keys();
    this.#marks.delete(oldest!);
  }
}
