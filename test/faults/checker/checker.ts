import { attemptsOf, findEarly, findMiscounted, findRepeated } from './attempts.js';
import { findBackwards, findUnfinished } from './commits.js';
import { type Damage, type Rule, RULES } from './damage.js';
import type { Line } from './history.js';
import { findOverlapping, findReordered, findZombies, zombiesOf } from './order.js';
import { duplicatesOf, findDuplicated, findLost, findRewritten, findUnseen } from './outcomes.js';
import { findStuck } from './progress.js';
import { Story } from './story.js';

/** What a scenario cannot help. Everything that is not named here is not allowed at all. */
export interface Allowance {
  /** Effects that may happen again, for example kills × concurrency. */
  readonly duplicates: number;
  /** Attempts whose number has run before; default: not looked at, effects are. */
  readonly repeats?: number;
  /** Effects of a frozen process that come after its heir has begun the message: what ran when it was frozen. */
  readonly zombies: number;
  /** How long a partition with a backlog may stand still: the outage, the session, and some patience, in milliseconds. */
  readonly stuckAfterMs: number;
}

/** What happened, in numbers. */
export interface Counts {
  readonly published: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly effects: number;
  readonly duplicates: number;
  readonly zombies: number;
  /** Verdicts, each attempt of a message once: those that ask for a next one, successes and burials. */
  readonly retried: number;
  readonly succeeded: number;
  readonly buried: number;
  /** Attempts whose number had run before. */
  readonly repeated: number;
  /** Processes that were ended by a signal nobody can catch. */
  readonly kills: number;
  readonly maxRssMb: number;
  readonly seconds: number;
}

export interface Report {
  readonly counts: Counts;
  /** Found damage by rule: all rules are there. */
  readonly found: Readonly<Record<Rule, number>>;
  readonly damage: readonly Damage[];
}

/** Looks for damage in a history. Pure; see each rule for what it says. */
export function check(lines: readonly Line[], allowed: Allowance): Report {
  const story = new Story(lines);
  const damage = [
    ...findLost(story),
    ...findUnseen(story),
    ...findDuplicated(story, allowed.duplicates),
    ...findRewritten(story),
    ...findMiscounted(story),
    ...findRepeated(story, allowed.repeats ?? Infinity),
    ...findEarly(story),
    ...findReordered(story),
    ...findOverlapping(story),
    ...findZombies(story, allowed.zombies),
    ...findStuck(story, allowed.stuckAfterMs),
    ...findBackwards(story),
    ...findUnfinished(story),
  ];
  const number = (rule: Rule): number => damage.filter((one) => one.rule === rule).length;
  const found = Object.fromEntries(RULES.map((rule) => [rule, number(rule)])) as Record<Rule, number>;
  return { counts: countsOf(story), found, damage };
}

function countsOf(story: Story): Counts {
  const messages = [...story.messages.values()];
  return {
    published: messages.length,
    acknowledged: messages.filter(({ acked }) => acked !== undefined).length,
    refused: messages.reduce((sum, { refusals }) => sum + refusals, 0),
    effects: story.runs.filter(({ effect }) => effect !== undefined).length,
    duplicates: duplicatesOf(story),
    zombies: zombiesOf(story).length,
    ...attemptsOf(story),
    kills: [...story.deaths.values()].filter(({ how }) => how === 'SIGKILL').length,
    maxRssMb: Math.max(0, ...story.memory.map(({ rssMb }) => rssMb)),
    seconds: (story.end - story.begin) / 1_000,
  };
}
