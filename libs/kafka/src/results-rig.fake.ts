import { createEnvelope } from '@sunbeon/core/envelope';
import { Events } from '@sunbeon/core/events';
import { derivedId } from '@sunbeon/core/ids';
import type { IncomingRecord, ResultStatus, Road } from '@sunbeon/core/ports';
import { FakeClock, memoryRoad } from '@sunbeon/testing';
import { ResultsReader, type ResultsOptions } from './results.js';
import { toResultRecord } from './results-record.js';
import { CODEC, RESULTS } from './rig.fake.js';

/** This process's own partition, and one that only `all` listens to. */
export const [OWN, OTHER] = [0, 1];

/** Counts readers and what each is given; while held, records arrive but are not delivered. */
export class WatchedRoad {
  readonly read: IncomingRecord[][] = [];
  open = 0;
  mostOpen = 0;
  #held: (() => void)[] | undefined;
  #fails = false;

  over(road: Road): Road {
    return { ...road, reader: (options) => this.#reader(road, options) };
  }

  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }

  /** The next reader cannot be had. */
  failNext(): void {
    this.#fails = true;
  }

  async #reader(road: Road, options: Parameters<Road['reader']>[0]): ReturnType<Road['reader']> {
    if (this.#fails) {
      this.#fails = false;
      throw new Error('No reader now.');
    }
    const inner = await road.reader(options);
    const read: IncomingRecord[] = [];
    this.read.push(read);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    return {
      run: (onRecords) =>
        inner.run((records) => {
          read.push(...records);
          if (this.#held === undefined) return onRecords(records);
          this.#held.push(() => onRecords(records));
        }),
      lastPollMs: () => inner.lastPollMs(),
      disconnect: () => (this.open--, inner.disconnect()),
    };
  }
}

/** A reader of results on a cluster in memory with two partitions; this process's own is {@link OWN}. */
export async function buildResults(follow: ResultsOptions['follow'], over: Partial<ResultsOptions> = {}) {
  const clock = new FakeClock();
  const memory = memoryRoad({ topics: { [RESULTS]: 2 }, clock });
  const [producer, watched, events] = [await memory.producer(), new WatchedRoad(), new Events()];
  const options = { follow, maxCached: 100, maxCachedBytes: 1e6, rememberMs: 3_600_000, ...over };
  const road = watched.over(memory);
  const results = new ResultsReader({ road, codec: CODEC, clock, events, topic: RESULTS, options, random: () => 0 });
  const note = (id: string, status: ResultStatus, replyTo = OWN) => {
    const envelope = createEnvelope({ id, type: 'math.add', source: 'test', timeMs: clock.now(), replyTo });
    const output = status === 'succeeded' ? { output: Buffer.from('3') } : {};
    return producer.send([
      toResultRecord(RESULTS, { envelope, label: 'math.add', status, atMs: clock.now(), ...output }),
    ]);
  };
  const id = (name = 'a') => derivedId(clock.now(), name);
  const wait = (of: string, timeoutMs = 30_000, signal?: AbortSignal) =>
    results.wait(of, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
  return { clock, memory, watched, events, results, note, id, wait };
}
