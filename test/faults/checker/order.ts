import { type Damage, describeRun, time } from './damage.js';
import { lastAttempt } from './attempts.js';
import type { Run, Story, Told } from './story.js';

/**
 * Out of order. For the acknowledged messages of one key, in the order sent:
 * 1. A message is started for the first time, by whomever, only after every earlier one has ended once; where its lane waits for it,
 *    after the last of its attempts.
 * 2. While a process has a partition (from one assignment to the next), it starts the records of a key at rising offsets, each once, or
 *    once for each attempt where its lane waits.
 *
 * So a redelivery is allowed only to a later ownership, and it goes back as far as it must; whether it goes back too far is told by
 * the number of duplicates. Going back within an ownership is never allowed.
 */
export function findReordered(story: Story): Damage[] {
  return [...firstStarts(story), ...withinOwnerships(story)];
}

function firstStarts(story: Story): Damage[] {
  const keyed = story.expected().filter(({ key }) => key !== null);
  return [...Map.groupBy(keyed, ({ key }) => key).values()].flatMap(firstStartsOfKey);
}

function firstStartsOfKey(messages: readonly Told[]): Damage[] {
  const damage: Damage[] = [];
  let [latest, lateEnd]: [Told | undefined, number] = [undefined, -Infinity];
  for (const told of [...messages].sort((a, b) => a.n - b.n)) {
    const first = told.runs[0];
    if (first !== undefined && first.start < lateEnd) {
      const until = lateEnd === Infinity ? 'never ended' : `first ended ${time(lateEnd)}`;
      damage.push({ rule: 'reordered', text: `${describeRun(first)}: ${latest!.id} of the same key was sent before and ${until}` }); // prettier-ignore
    }
    const end = Math.min(Infinity, ...lastRuns(told).flatMap((run) => run.end ?? []));
    if (end > lateEnd) [latest, lateEnd] = [told, end];
  }
  return damage;
}

function lastRuns({ runs, plan }: Told): readonly Run[] {
  return plan?.holds === true ? runs.filter(({ attempt }) => attempt >= lastAttempt(plan)) : runs;
}

function withinOwnerships(story: Story): Damage[] {
  const lane = (run: Run): string => {
    const { owner, topic, partition, key, offset } = run;
    return [owner.pid, owner.since, topic, story.incarnationOf(run), partition, key ?? `no key ${offset}`].join('/');
  };
  return [...Map.groupBy(story.runs, lane).values()].flatMap((runs) =>
    runs.flatMap((run, i) => {
      const before = runs[i - 1];
      if (before === undefined || run.offset > before.offset || isNextAttempt(run, before)) return [];
      return [{ rule: 'reordered' as const, text: `${describeRun(run)}, after ${describeRun(before)} of the same key` }]; // prettier-ignore
    }),
  );
}

const isNextAttempt = (run: Run, before: Run): boolean =>
  run.offset === before.offset && run.attempt === before.attempt + 1;

/**
 * Two at once: a run of a key begins while another of that key goes on in a live process. The one exception is a process that stood
 * still and lost its partition meanwhile: what it has begun it cannot take back, and it is counted by {@link findZombies}.
 */
export function findOverlapping(story: Story): Damage[] {
  const keyed = story.runs.filter(({ key }) => key !== null);
  return [...Map.groupBy(keyed, ({ key }) => key).values()].flatMap((runs) => overlapsOfKey(story, runs));
}

function overlapsOfKey(story: Story, runs: readonly Run[]): Damage[] {
  let open: Run[] = [];
  return runs.flatMap((run) => {
    open = open.filter((other) => story.over(other) > run.start);
    const beside = open.filter((other) => !isOutlived(story, other, run));
    open.push(run);
    return beside.map((other) => ({ rule: 'overlapping' as const, text: `${describeRun(run)}, beside ${describeRun(other)}` })); // prettier-ignore
  });
}

function isOutlived(story: Story, old: Run, next: Run): boolean {
  const tookOver = old.pid !== next.pid && old.owner.since < next.owner.since;
  return tookOver && story.wasFrozen(old.pid, old.start, next.start);
}

/** Effects of a process after its partition's new owner has started the same message. */
export function zombiesOf(story: Story): { readonly run: Run; readonly heir: Run }[] {
  return [...story.messages.values()].flatMap(({ runs }) =>
    runs.flatMap((run) => {
      const heir = runs.find((other) => isHeir(other, run) && other.start < (run.effect ?? -Infinity));
      return heir === undefined ? [] : [{ run, heir }];
    }),
  );
}

/** The same record, in another process that has had its partition since later. */
const isHeir = (other: Run, run: Run): boolean =>
  other.pid !== run.pid &&
  other.owner.since > run.owner.since &&
  other.topic === run.topic &&
  other.partition === run.partition &&
  other.offset === run.offset;

/**
 * Zombies: never one that was begun after the new owner had begun the message, and at most `allowed` (what ran when its process
 * was frozen) that were begun before.
 */
export function findZombies(story: Story, allowed: number): Damage[] {
  const zombies = zombiesOf(story);
  const begunLate = zombies.filter(({ run, heir }) => run.start > heir.start);
  const told = zombies.length > allowed ? zombies : begunLate;
  return told.map(({ run, heir }) => ({ rule: 'zombie', text: `${describeRun(run)}; its heir: ${describeRun(heir)}` }));
}
