import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Measure } from '../row.ts';
import { randomOf } from './random.ts';
import type { Child, Scenario, Stage } from './scenario.ts';

const FINISHED = 10_000;
const LONGEST_MS = 20;
/** Commits are made in the background: what is finished is to be known to the server after this long. */
const SETTLED_MS = 2_000;
/** A first life that stops before it has finished so many is killed all the same. */
const STUCK_MS = 15_000;
const QUIET_MS = 3_000;

interface FirstLife {
  readonly file: string;
  readonly finished: number;
  /** Whether, beyond that many, handlers sit in their places until the kill. */
  readonly rests: boolean;
}

/** Task 0 never ends, so no plain offset can be committed. The file knows of every start and end, also after a `kill -9`. */
async function first(child: Child, { file, finished, rests }: FirstLife): Promise<void> {
  const client = await child.open();
  const log = openSync(file, 'a');
  const random = randomOf(7);
  const { promise, resolve } = Promise.withResolvers<void>();
  let [started, ended] = [0, 0];
  await client.work(async ({ n }) => {
    writeSync(log, `+${n}\n`);
    if (n === 0 || (rests && ++started > finished)) return wait(600_000);
    await wait(Math.ceil(random() * LONGEST_MS));
    writeSync(log, `-${n}\n`);
    if (++ended === finished) resolve();
  });
  await Promise.race([promise, wait(STUCK_MS)]);
  if (rests) await wait(SETTLED_MS);
  child.say('kill me');
  await wait(600_000);
}

/** Runs until all that was left is done, and a little longer. */
async function second(child: Child, { file, left }: { readonly file: string; readonly left: number[] }): Promise<void> {
  const client = await child.open();
  const log = openSync(file, 'a');
  const missing = new Set(left);
  const { promise, resolve } = Promise.withResolvers<void>();
  await client.work(({ n }) => {
    writeSync(log, `+${n}\n`);
    missing.delete(n);
    if (missing.size === 0) resolve();
    return undefined;
  });
  await promise;
  await wait(QUIET_MS);
  closeSync(log);
}

export const scenario: Scenario = {
  name: 'restart',
  what: 'A worker finishes 10,000 tasks of a partition out of order, while the first of them never ends, and is killed (`kill -9`): how many finished tasks its successor runs again. Once two seconds after the last end, once in full work.',
  needs: ['work', 'concurrent', 'takeover'],
  parts: { first, second },
  async run(stage) {
    const folder = mkdtempSync(join(tmpdir(), 'sunbeon-restart-'));
    try {
      return [...(await twoLives(stage, folder, true)), ...(await twoLives(stage, folder, false))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function twoLives(stage: Stage, folder: string, rests: boolean): Promise<Measure[]> {
  const finished = stage.scaled(FINISHED, 500);
  const place = stage.place({ partitions: 1 });
  const count = Math.round(finished * 1.2);
  await stage.fill(place, { count, keys: count });
  const [before, after] = [join(folder, `${place.name}-1`), join(folder, `${place.name}-2`)];
  const life = stage.spawn('first', place, { file: before, finished, rests } satisfies FirstLife);
  await life.said('kill me');
  await life.kill();
  const { started, ended } = read(before);
  const left = Array.from({ length: count }, (_, n) => n).filter((n) => !ended.has(n));
  await stage.run('second', place, { file: after, left });
  const again = [...read(after).started].filter((n) => ended.has(n)).length;
  const label = rests ? 'at rest' : 'in full work';
  return [
    { metric: `finished tasks run again, killed ${label}`, value: again, unit: 'tasks', n: ended.size },
    { metric: `in flight, killed ${label}`, value: started.size - ended.size, unit: 'tasks', n: ended.size },
  ];
}

function read(file: string): { started: Set<number>; ended: Set<number> } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const numbers = (sign: string) => new Set(lines.filter((line) => line.startsWith(sign)).map((line) => Number(line.slice(1)))); // prettier-ignore
  return { started: numbers('+'), ended: numbers('-') };
}
