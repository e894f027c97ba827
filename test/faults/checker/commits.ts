import { type Damage, time } from './damage.js';
import type { Commit, Story } from './story.js';

const show = ({ group, topic, partition, offset, pid, asked }: Commit): string =>
  `${group} committed ${topic}/${partition}/${offset} in ${pid} at ${time(asked.t)}`;

/** A commit that was asked for after the broker had taken a higher one of the same group and partition, and was taken. */
export function findBackwards(story: Story): Damage[] {
  const taken = story.commits.filter(({ state }) => state === 'taken');
  const place = (commit: Commit): string => `${commit.group}/${partitionKey(commit, incarnationOf(story, commit))}`;
  return [...Map.groupBy(taken, place).values()].flatMap(backwardsIn);
}

function backwardsIn(commits: readonly Commit[]): Damage[] {
  const byAnswer = [...commits].sort((a, b) => a.answered! - b.answered!);
  let [next, highest]: [number, Commit | undefined] = [0, undefined];
  return commits.flatMap((commit) => {
    for (; byAnswer[next]!.answered! < commit.asked.t; next++) {
      if (highest === undefined || byAnswer[next]!.offset > highest.offset) highest = byAnswer[next]!;
    }
    if (highest === undefined || commit.offset >= highest.offset) return [];
    return [{ rule: 'commit-backwards', text: `${show(commit)}, after ${show(highest)}` }];
  });
}

interface Finished {
  readonly offset: number;
  /** When the record was finished: its handler over, and its verdict made; Infinity = never. */
  readonly t: number;
}

/**
 * A commit that the broker took, past a record that was not finished when it was asked for: whose handler had not ended, or whose
 * verdict (the result, retry or DLQ record) was written later. Only of partitions with records that the history knows.
 */
export function findUnfinished(story: Story): Damage[] {
  const known = finishedByPartition(story);
  return story.commits.flatMap((commit) => {
    const records = known.get(partitionKey(commit, incarnationOf(story, commit)));
    const open = records === undefined || commit.state === 'failed' ? undefined : firstOpen(records, commit);
    if (open === undefined) return [];
    const when = open.t === Infinity ? 'never' : time(open.t);
    return [{ rule: 'commit-unfinished', text: `${show(commit)}; the record at ${open.offset} was finished ${when}` }];
  });
}

/** A process learns from its records that a topic was made again: until then it commits what it knows of the old one. */
function incarnationOf(story: Story, { last, topic, asked }: Commit): number {
  return last === undefined ? story.incarnationAt(topic, asked.t) : story.incarnationOf(last);
}

const partitionKey = ({ topic, partition }: { topic: string; partition: number }, incarnation: number): string =>
  `${topic}/${partition}/${incarnation}`;

/** Per partition: the records by offset, each with the latest finish up to it, so that one look-up answers for all below. */
function finishedByPartition(story: Story): Map<string, Finished[]> {
  const finished = new Map<string, Map<number, number>>();
  const note = (partition: string, offset: number, t: number): void => {
    const offsets = finished.get(partition) ?? new Map<number, number>();
    finished.set(partition, offsets.set(offset, Math.min(offsets.get(offset) ?? Infinity, t)));
  };
  // What lies on the topic now is of its last incarnation.
  for (const line of story.written)
    note(partitionKey(line, story.incarnationAt(line.topic, Infinity)), line.offset, Infinity);
  for (const run of story.runs) note(partitionKey(run, story.incarnationOf(run)), run.offset, finishOf(story, run));
  return new Map([...finished].map(([partition, offsets]) => [partition, risen(offsets)]));
}

/** Whole milliseconds of the wall clock, counted as the history's own: both may be off by one. */
const CLOCKS_APART_MS = 2;

/** A verdict's record carries the wall clock of whoever wrote it: the same machine's. */
function finishOf(story: Story, run: Story['runs'][number]): number {
  if (run.end === undefined) return Infinity;
  const told = story.messages.get(run.id);
  if (told === undefined || told.verdicts.length === 0) return run.end;
  // What its lane waits for stays unfinished until nothing more comes of it.
  const ofRun = told.verdicts.filter(({ attempt, status }) => attempt >= run.attempt && !(told.plan?.holds === true && status === 'retrying')); // prettier-ignore
  return Math.max(run.end, Math.min(...ofRun.map(({ t }) => t)) - CLOCKS_APART_MS);
}

function risen(offsets: ReadonlyMap<number, number>): Finished[] {
  let highest = -Infinity;
  const sorted = [...offsets].sort(([a], [b]) => a - b);
  return sorted.map(([offset, t]) => ({ offset, t: (highest = Math.max(highest, t)) }));
}

function firstOpen(records: readonly Finished[], { offset, asked }: Commit): Finished | undefined {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.t > asked.t) high = middle;
    else low = middle + 1;
  }
  const open = records[low];
  return open !== undefined && open.offset < offset ? open : undefined;
}
