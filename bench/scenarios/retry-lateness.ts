import { setTimeout as wait } from 'node:timers/promises';
import { JSON_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { toHeaders } from '@sunbeon/core/headers';
import { Retry } from '@sunbeon/core';
import { kafkaRoad, Produce } from '@sunbeon/kafka';
import { quantile } from '../meter.ts';
import type { Measure } from '../row.ts';
import { envelopeOf, openRetries, type Tried } from '../systems/sunbeon-retries.ts';
import type { Place, Task } from '../systems/system.ts';
import type { Child, Scenario, Stage } from './scenario.ts';

/** Every probe fails once for each tier, so each one measures them all. */
const TIERS_MS = [1_000, 5_000, 60_000];
/** By attempt. What the first one takes, from the call on, is what the machine takes for a record to be written and read. */
const LABELS = ['first attempt', '1 s', '5 s', '1 min'];
const PROBES = 500;
const PROBE_EVERY_MS = 50;
const WAITING = 100_000;
const PAD = 'x'.repeat(1_000);
/** Until the first of those that wait falls due: it must be longer than it takes to write them all. */
const SEEDING_MS = 15_000;
/** Of the minute that the others wait: for a while after the last seed nothing falls due. */
const FILLED_SECONDS = 54;
const WARM_MS = 10_000;
const TICK_MS = 20;
const BATCH = 500;
const SAMPLE_MS = 50;
/** As in backlog-memory: V8's heap in the container of our Helm chart. */
const HEAP_OF_A_CONTAINER = ['--max-old-space-size=192', '--max-semi-space-size=2'];

/** What goes on besides the probes: so many tasks a second that fail once and wait so long. */
interface Others {
  readonly perSecond: number;
  readonly waitMs: number;
  /** Before the first probe as many wait as do from then on. */
  readonly isSeeded: boolean;
}

interface Setting {
  readonly probes: number;
  readonly others: Others | undefined;
}

interface Found {
  /** Begin of the attempt − due time of each probe, by attempt, in milliseconds, sorted. */
  readonly lateMs: readonly (readonly number[])[];
  readonly leastWaiting: number;
  readonly rssMb: readonly number[];
  readonly usedMb: readonly number[];
}

/** The worker. A task below zero is one of the others. */
async function measure(child: Child, { probes, others }: Setting): Promise<Found> {
  const retries = await openRetries(child.place, TIERS_MS);
  const meter = new LatenessMeter(probes);
  let waiting = others === undefined ? 0 : seeds(others);
  await retries.work((task, tried) => {
    if (task.n >= 0) return meter.probe(task, tried);
    waiting += tried.attempt === 1 ? 1 : -1;
    if (tried.attempt === 1) throw new Retry(others!.waitMs);
  });
  child.say('ready');
  await meter.first;
  const found = { leastWaiting: waiting, rssMb: [] as number[], usedMb: [] as number[] };
  const timer = setInterval(() => {
    const { rss, heapUsed, external } = process.memoryUsage();
    found.rssMb.push(rss / 1e6);
    found.usedMb.push((heapUsed + external) / 1e6);
    found.leastWaiting = Math.min(found.leastWaiting, waiting);
  }, SAMPLE_MS);
  await meter.over;
  clearInterval(timer);
  return { ...found, lateMs: meter.lateMs.map(sorted), rssMb: sorted(found.rssMb), usedMb: sorted(found.usedMb) };
}

class LatenessMeter {
  readonly lateMs: number[][] = LABELS.map(() => []);
  readonly #first = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  readonly #failedMs = new Map<number, number>();
  #left: number;

  constructor(probes: number) {
    this.#left = probes;
  }

  get first(): Promise<void> {
    return this.#first.promise;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Of what has waited in its lane no header says when it was due: it is counted from the end of the attempt before. */
  probe({ n }: Task, { attempt, sentMs, dueMs }: Tried): void {
    const nowMs = Date.now();
    this.#first.resolve();
    const countedMs = attempt === 1 ? sentMs : this.#failedMs.get(n)! + TIERS_MS[attempt - 2]!;
    this.lateMs[attempt - 1]!.push(nowMs - (dueMs ?? countedMs));
    this.#failedMs.set(n, Date.now());
    if (attempt <= TIERS_MS.length) throw new Error('a failure on purpose');
    if (--this.#left === 0) this.#over.resolve();
  }
}

/** Sends the others all the time, and the probes when as many wait as shall. */
async function feed({ place }: Child, { probes, others }: Setting): Promise<void> {
  const retries = await openRetries(place, TIERS_MS);
  const begin = others?.isSeeded ? await seed(place, others) : Date.now();
  if (others !== undefined)
    void evenly(Infinity, 1_000 / others.perSecond, (from, to) => retries.send(tasks(from, to)));
  await wait(Math.max(0, begin - Date.now()));
  await wait(WARM_MS);
  await evenly(probes, PROBE_EVERY_MS, (from, to) =>
    retries.send(Array.from({ length: to - from }, (_, i) => ({ n: from + i, key: `probe-${from + i}` }))),
  );
  await wait(600_000); // the conductor ends it
}

function tasks(from: number, to: number): Task[] {
  return Array.from({ length: to - from }, (_, i) => ({ n: -1, key: `k${from + i}`, pad: PAD }));
}

/** Calls at its own pace, whatever becomes of what was sent. */
function evenly(count: number, everyMs: number, send: (from: number, to: number) => Promise<void>): Promise<void> {
  const begin = performance.now();
  let next = 0;
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor((performance.now() - begin) / everyMs));
      if (due > next) send(next, due).catch(reject);
      next = due;
      if (next < count) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
}

/**
 * Puts records where a first attempt that failed some time ago would have put them; what fails from then on stands behind them and is
 * due later. None is due later than the topic's delay from now: it would hop.
 * @returns when the first one is due
 */
async function seed(place: Place, others: Others): Promise<number> {
  const produce = new Produce(await kafkaRoad({ brokers: [place.address], clientId: 'bench' }).producer());
  const topic = `${place.name}.noop.retry.1m`;
  const begin = Date.now() + SEEDING_MS;
  const count = seeds(others);
  for (let from = 0; from < count; from += BATCH) {
    const batch = tasks(from, Math.min(from + BATCH, count)).map((task, i) => {
      const notBeforeMs = begin + Math.floor(((from + i) * 1_000) / others.perSecond);
      const headers = toHeaders(envelopeOf(task, { attempt: 2, notBeforeMs }), JSON_CONTENT_TYPE);
      return { topic, key: task.key!, value: Buffer.from(JSON.stringify(task)), headers };
    });
    await produce.send(batch);
  }
  if (Date.now() > begin) throw new Error('The first retries were due before the last ones were written.');
  return begin;
}

function seeds({ perSecond, waitMs, isSeeded }: Others): number {
  return isSeeded ? Math.floor((perSecond * (waitMs - SEEDING_MS)) / 1_000) : 0;
}

export const scenario: Scenario = {
  name: 'retry-lateness',
  what: 'How late the next attempt of a failed task begins, after each of three waits, while nothing else happens, while many tasks wait a second, and while 100,000 of 1 KB wait a minute, which fall due and fail anew evenly; and of a held lane. V8’s heap is that of a container of 384 MiB.',
  node: HEAP_OF_A_CONTAINER,
  needs: ['retries'],
  parts: { measure, feed },
  async run(stage) {
    const waiting = stage.scaled(WAITING, 1_000);
    const perSecond = Math.round(waiting / FILLED_SECONDS);
    const probes = stage.scaled(PROBES, 20);
    return [
      ...(await one(stage, 'nothing else', { probes, others: undefined })),
      ...(await one(stage, `${perSecond}/s wait 1 s`, {
        probes,
        others: { perSecond, waitMs: 1_000, isSeeded: false },
      })),
      ...(await one(stage, `${waiting} wait 1 min`, { probes, others: { perSecond, waitMs: 60_000, isSeeded: true } })),
      ...(await one(stage, 'held lanes', { probes, others: undefined }, 'key')),
    ];
  },
};

async function one(stage: Stage, label: string, setting: Setting, order: Place['order'] = 'none'): Promise<Measure[]> {
  const place = stage.place({ order });
  const worker = stage.spawn('measure', place, setting);
  await worker.said('ready');
  const feeder = stage.spawn('feed', place, setting);
  const found = (await Promise.race([worker.result, feeder.result])) as Found;
  await feeder.kill();
  return [...found.lateMs.flatMap((late, index) => lateness(`${LABELS[index]}, ${label}`, late)), ...memory(label, found)]; // prettier-ignore
}

function lateness(label: string, late: readonly number[]): Measure[] {
  const of = (metric: string, value: number, unit = 'ms'): Measure => ({ metric: `${metric}, ${label}`, value, unit, n: late.length }); // prettier-ignore
  const early = late.filter((ms) => ms < 0).length;
  return [of('p50', quantile(late, 0.5)), of('p99', quantile(late, 0.99)), of('max', quantile(late, 1)), of('early', early, 'tasks')]; // prettier-ignore
}

function memory(label: string, { leastWaiting, rssMb, usedMb }: Found): Measure[] {
  const n = rssMb.length;
  return [
    { metric: `waiting, least, ${label}`, value: leastWaiting, unit: 'tasks', n },
    { metric: `RSS, median, ${label}`, value: quantile(rssMb, 0.5), unit: 'MB', n },
    { metric: `RSS, highest, ${label}`, value: quantile(rssMb, 1), unit: 'MB', n },
    { metric: `heap and buffers, median, ${label}`, value: quantile(usedMb, 0.5), unit: 'MB', n },
    { metric: `heap and buffers, highest, ${label}`, value: quantile(usedMb, 1), unit: 'MB', n },
  ];
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
