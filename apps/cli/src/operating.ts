import { userInfo } from 'node:os';
import { type DeadLetterQueue, Operator } from '@sunbeon/kafka';
import { SunbeonError } from '@sunbeon/core';
import type { Cluster } from './cluster.js';
import type { Flags, Io } from './command.js';

/** Options of every command that acts. */
export const ACT_FLAGS = { 'dry-run': { type: 'boolean' }, as: { type: 'string' } } as const;
export const ACT_USAGE = '[--dry-run] [--as <who>] [--json]';

/** Options of every command that sends records again. */
export const SEND_FLAGS = {
  ...ACT_FLAGS,
  to: { type: 'string' },
  rate: { type: 'string' },
  once: { type: 'boolean' },
  again: { type: 'boolean' },
} as const;
export const SEND_USAGE = `[--to <topic>] [--rate <records per second>] [--once] [--again] ${ACT_USAGE}`;

/** Of those that send what is buried: what was discarded is not meant, unless they say so. */
export const SEND_BURIED_FLAGS = { ...SEND_FLAGS, all: { type: 'boolean' } } as const;
export const SEND_BURIED_USAGE = `[--all] ${SEND_USAGE}`;

/** What took longer than this says how far it is. */
const QUIET_MS = 2_000;
const SHOWN_FAILURES = 10;
/** What is not here is simply done again. */
const RESUMED_BY: Readonly<Record<string, string>> = { replay: 'dlq replay', rerun: 'rerun' };

/** Runs `work` as whoever sits here, and says on standard error how it gets on. */
export async function withOperator<T>(
  { io, flags, cluster }: { readonly io: Io; readonly flags: Flags; readonly cluster: Cluster },
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  const { road, prefix } = cluster;
  const by = operatorName(flags, io);
  const operator = new Operator({ road, prefix, by, ...tellers(io, Date.now()) });
  try {
    return await work(operator);
  } finally {
    await operator.close();
  }
}

type Tellers = Required<
  Pick<ConstructorParameters<typeof Operator>[0], 'onProgress' | 'onFailure' | 'onInterrupted' | 'onWait'>
>;

function tellers(io: Io, beganMs: number): Tellers {
  let toldMs = beganMs;
  let failures = 0;
  let isNamed = false;
  return {
    onProgress: ({ id, verb, counts: { matched, done, failed }, seen, total }) => {
      const nowMs = Date.now();
      if (nowMs - toldMs < QUIET_MS) return;
      toldMs = nowMs;
      if (!isNamed && verb in RESUMED_BY) io.err(`should this process die: sunbeon ${RESUMED_BY[verb]} --resume ${id}\n`); // prettier-ignore
      isNamed = true;
      io.err(`${seen} of ${total} looked at, ${matched} matched, ${done} done, ${failed} failed\n`);
    },
    onFailure: ({ address, code, message }) => {
      if (++failures <= SHOWN_FAILURES) io.err(`${address}: ${code}: ${message}\n`);
      if (failures === SHOWN_FAILURES + 1) io.err('more have failed; only the first ones are shown\n');
    },
    onInterrupted: ({ id, verb }) => {
      if (verb in RESUMED_BY) io.err(`interrupted; go on with: sunbeon ${RESUMED_BY[verb]} --resume ${id}\n`);
    },
    onWait: (act) => void io.err(`act ${act} was sending when it was last heard of: waiting until that is over for sure\n`), // prettier-ignore
  };
}

/** Who acts. @throws SunbeonError `OPTION_INVALID` */
export function operatorName({ as }: Flags, { env }: Io): string {
  const name = (as as string | undefined) ?? env['SUNBEON_OPERATOR'] ?? osUser();
  if (name.trim() !== '' && name.length <= 200) return name;
  throw new SunbeonError('OPTION_INVALID', `The operator's name is "${name.slice(0, 40)}".`, {
    hint: 'Give 1 to 200 characters with --as, or in SUNBEON_OPERATOR.',
  });
}

/** A container's user may have no name. */
function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** @throws SunbeonError `OPTION_INVALID` */
export function sendOptions(flags: Flags, { prefix }: Cluster) {
  const { to, rate } = flags as Readonly<Record<string, string | undefined>>;
  return {
    ...(to === undefined ? {} : { to: prefix + to }),
    ...(rate === undefined ? {} : { rate: whole('rate', rate) }),
    once: flags['once'] === true,
    again: flags['again'] === true,
    dryRun: flags['dry-run'] === true,
  };
}

/** @throws SunbeonError `OPTION_INVALID` */
export function sendBuriedOptions(flags: Flags, cluster: Cluster) {
  return { ...sendOptions(flags, cluster), all: flags['all'] === true };
}

/** What is gone on with does what it was asked when it began: a `--dry-run` beside it would be heeded by nobody. @throws SunbeonError `OPTION_INVALID` */
export function refuseBesideResume(flags: Flags): void {
  const stray = Object.keys(flags).find((name) => !['resume', 'as', 'json'].includes(name));
  if (stray === undefined) return;
  throw new SunbeonError('OPTION_INVALID', `--${stray} and --resume are both given.`, {
    hint: 'An act that is gone on with does what it was asked when it began: give --resume <act> alone.',
  });
}

/** @throws SunbeonError `OPTION_INVALID` */
export function whole(flag: string, text: string, least = 1): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least) return value;
  throw new SunbeonError('OPTION_INVALID', `--${flag} got "${text}".`, {
    hint: `Give a whole number of at least ${least}.`,
  });
}

/** Some records of one DLQ, or all of it. */
export interface Target {
  readonly queue: DeadLetterQueue;
  readonly addresses?: readonly { readonly partition: number; readonly offset: number }[];
}

/**
 * What the arguments of a command mean: one queue, event topic or DLQ; or addresses, in any number of DLQs.
 * @throws SunbeonError `CONTRACT_UNKNOWN`, `DLQ_RECORD_NOT_FOUND`, `OPTION_INVALID`
 */
export async function targetsOf(args: readonly string[], { admin }: Cluster): Promise<Target[]> {
  if (args.length === 1 && !args[0]!.includes('/'))
    return (await admin.deadLetterQueues(args[0])).map((queue) => ({ queue }));
  const byTopic = Map.groupBy(args.map(parse), ({ topic }) => topic);
  const queues = await admin.deadLetterQueues();
  return [...byTopic].map(([topic, all]) => {
    const queue = queues.find(({ dlq }) => dlq === topic);
    if (queue === undefined) throw noDlq(topic);
    return { queue, addresses: all.map(({ partition, offset }) => ({ partition, offset })) };
  });
}

function parse(text: string): { topic: string; partition: number; offset: number } {
  const match = /^([^/]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text);
  if (match !== null) return { topic: match[1]!, partition: Number(match[2]), offset: Number(match[3]) };
  throw new SunbeonError('OPTION_INVALID', `"${text}" is no address of a buried record.`, {
    hint: 'Copy one from "sunbeon dlq ls": <topic>/<partition>/<offset>; or give one queue alone.',
  });
}

function noDlq(topic: string): SunbeonError {
  return new SunbeonError('DLQ_RECORD_NOT_FOUND', `There is no DLQ "${topic}" on this cluster.`, {
    hint: 'List what is there with "sunbeon dlq ls".',
    facts: { topic },
  });
}

export interface Counts {
  readonly matched: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
}

/** One after the other: their rates are not added up. */
export async function inTurn<T>(targets: readonly T[], act: (target: T) => Promise<Counts>): Promise<Counts> {
  let sum: Counts = { matched: 0, done: 0, skipped: 0, failed: 0 };
  for (const target of targets) {
    const { matched, done, skipped, failed } = await act(target);
    sum = { matched: sum.matched + matched, done: sum.done + done, skipped: sum.skipped + skipped, failed: sum.failed + failed }; // prettier-ignore
  }
  return sum;
}
