import type { Fact, Line } from './history.js';

/** A history as told by hand: each fact a millisecond after the one before, unless time passes. */
export class Telling {
  readonly lines: Line[] = [];
  #t = 1_000;
  #run = 0;
  #call = 0;

  /** Lets time pass. */
  pass(ms: number): this {
    this.#t += ms;
    return this;
  }

  say(pid: number, fact: Fact): this {
    this.#t++;
    this.lines.push({ t: this.#t, at: this.#t, pid, ...fact });
    return this;
  }

  /** Sent and acknowledged, at the offset `n` unless another is given. */
  publish(key: string | null, n: number, offset = n): this {
    this.say(SENDER, { kind: 'sent', id: id(key, n), key, n }).say(SENDER, { kind: 'acked', id: id(key, n) });
    return this.say(RIG, { kind: 'written', id: id(key, n), attempt: 1, ...place(offset) });
  }

  own(pid: number): this {
    return this.say(pid, { kind: 'assigned', group: 'q', topic: 'q', partition: 0 });
  }

  /** @returns the run, to be ended */
  start(pid: number, key: string | null, n: number, offset = n): Open {
    const run = { run: this.#run++, attempt: 1, id: id(key, n), key, n, ...place(offset) };
    this.say(pid, { kind: 'start', ...run });
    return {
      effect: () => void this.say(pid, { kind: 'effect', ...run }),
      end: (status = 'succeeded') => {
        this.say(pid, { kind: 'end', ...run });
        if (status !== '') this.say(RIG, { kind: 'verdict', id: run.id, status, attempt: 1 });
      },
    };
  }

  /** Start, effect, end and result. */
  work(pid: number, key: string | null, n: number, offset = n): this {
    const run = this.start(pid, key, n, offset);
    run.effect();
    run.end();
    return this;
  }

  commit(pid: number, offset: number): this {
    const call = this.#call++;
    const fact = { kind: 'commit', group: 'q', call, ...place(offset) } as const;
    return this.say(pid, { ...fact, state: 'asked' }).say(pid, { ...fact, state: 'taken' });
  }
}

export interface Open {
  effect(): void;
  end(status?: string): void;
}

export const [RIG, SENDER, ONE, TWO] = [1, 2, 11, 12] as const;

const id = (key: string | null, n: number): string => `${key ?? 'none'}-${n}`;
const place = (offset: number) => ({ topic: 'q', partition: 0, offset });
