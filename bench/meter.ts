/** Counts tasks and takes the time of those after the warm-up. */
export class Meter {
  readonly #warm: number;
  readonly #last: number;
  readonly #over = Promise.withResolvers<Rate>();
  readonly #maxMs: number;
  #done = 0;
  #startMs = 0;
  #cpu: NodeJS.CpuUsage | undefined;
  #isOver = false;

  /** @param settings `count` tasks after `warm` ones, or as many as there are in `maxMs` */
  constructor({ warm, count, maxMs }: { warm: number; count: number; maxMs: number }) {
    this.#warm = warm;
    this.#last = warm + count;
    this.#maxMs = maxMs;
  }

  /** One task is done. */
  tick(): void {
    if (++this.#done === this.#warm) this.#start();
    else if (this.#done === this.#last) this.#end();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  result(): Promise<Rate> {
    return this.#over.promise;
  }

  #start(): void {
    this.#startMs = performance.now();
    this.#cpu = process.cpuUsage();
    setTimeout(() => this.#end(), this.#maxMs).unref();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const seconds = (performance.now() - this.#startMs) / 1_000;
    const cpu = process.cpuUsage(this.#cpu);
    const n = this.#done - this.#warm;
    this.#over.resolve({ n, seconds, perSecond: n / seconds, cpuMicrosPerTask: (cpu.user + cpu.system) / n });
  }
}

export interface Rate {
  readonly n: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly cpuMicrosPerTask: number;
}

/** The value below which this share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
