import { type Damage, describeRun } from './damage.js';
import type { Plan } from './history.js';
import type { Run, Story, Told } from './story.js';

/** The attempt after which nothing more comes of a message. */
export function lastAttempt({ fails, most }: Plan): number {
  return Math.min(fails + 1, most);
}

/** A message that does not do as its plan says: see `docs/internals/faults.md`. */
export function findMiscounted(story: Story): Damage[] {
  return story.expected().flatMap((told) => {
    if (told.plan === undefined) return [];
    const wrong = [...wrongVerdicts(told, told.plan), ...wrongRuns(told, told.plan), ...wrongHistory(told, told.plan)];
    return wrong.map((text) => ({ rule: 'miscounted' as const, text: `${told.id} (fails ${told.plan!.fails} of ${told.plan!.most}): ${text}; ${ranAs(told)}` })); // prettier-ignore
  });
}

/** What the results topic has to say of it, in any order, each as often as the attempt has run at most, and as its sends were in doubt. */
function verdictsOf(plan: Plan): string[] {
  const last = lastAttempt(plan);
  const retries = Array.from({ length: last - 1 }, (_, i) => `retrying ${i + 1}`);
  return [...retries, `${plan.fails >= plan.most ? 'buried' : 'succeeded'} ${last}`];
}

function wrongVerdicts(told: Told, plan: Plan): string[] {
  const found = Map.groupBy(told.verdicts, ({ status, attempt }) => `${status} ${attempt}`);
  const expected = verdictsOf(plan);
  const surplus = [...found.keys()].filter((name) => !expected.includes(name));
  const often = [...found].filter(([, [one, ...more]]) => more.length + 1 > timesSaid(told, one!.attempt));
  return [
    ...expected.filter((name) => !found.has(name)).map((name) => `nobody said "${name}"`),
    ...surplus.map((name) => `somebody said "${name}"`),
    ...often.map(([name, all]) => `"${name}" was said ${all.length} times`),
  ];
}

/** An attempt comes after the one before it; where its lane waits, none comes after a later one. */
function wrongRuns({ runs }: Told, plan: Plan): string[] {
  const last = lastAttempt(plan);
  return runs.flatMap((run, i) => {
    const { attempt, start } = run;
    if (attempt > last) return [`attempt ${attempt} is one too many`];
    if (attempt > 1 && !ended(runs, attempt - 1).some(({ end }) => end! < start)) return [`attempt ${attempt} came without the one before it`]; // prettier-ignore
    const later = plan.holds ? runs.slice(0, i).find((before) => before.attempt > attempt) : undefined;
    return later === undefined ? [] : [`attempt ${attempt} came after ${later.attempt}`];
  });
}

/** Whoever buries it knows each attempt, once. */
function wrongHistory(told: Told, plan: Plan): string[] {
  const { buried } = told;
  if (plan.fails < plan.most) return buried.map(({ code }) => `it lies in the DLQ with ${code}`);
  const all = Array.from({ length: plan.most }, (_, i) => i + 1).join(' ');
  const often = buried.length > timesSaid(told, plan.most) ? [`it lies in the DLQ ${buried.length} times`] : [];
  if (buried.length === 0) return ['it does not lie in the DLQ'];
  const wrong = buried.filter(({ attempts }) => attempts.join(' ') !== all);
  return [...often, ...wrong.map(({ attempts, code }) => `the DLQ knows its attempts ${attempts.join(' ')}, with ${code}`)]; // prettier-ignore
}

/** An attempt that begins before its time, which a retry record says, or a note on its lane. */
export function findEarly(story: Story): Damage[] {
  const places = new Map(story.written.map((line) => [placeOf(line), line.notBeforeMs ?? 0]));
  return story.expected().flatMap((told) =>
    told.runs.flatMap((run) => {
      const notBeforeMs = told.plan?.holds === true ? noteOf(told, run) : (places.get(placeOf(run)) ?? 0);
      if (run.at >= notBeforeMs) return [];
      return [{ rule: 'early' as const, text: `${describeRun(run)}: attempt ${run.attempt} ${notBeforeMs - run.at} ms before its time` }]; // prettier-ignore
    }),
  );
}

/** Of two notes on one attempt (it was made twice) the earlier one counts. */
function noteOf({ noted }: Told, { attempt }: Run): number {
  const notes = noted.filter((note) => note.attempt === attempt);
  return notes.length === 0 ? 0 : Math.min(...notes.map(({ notBeforeMs }) => notBeforeMs));
}

/** More attempts than `allowed` whose number had run before. */
export function findRepeated(story: Story, allowed: number): Damage[] {
  const { repeated } = attemptsOf(story);
  return repeated <= allowed ? [] : [{ rule: 'duplicated', text: `${repeated} attempts were made again; allowed are ${allowed}` }]; // prettier-ignore
}

/** The ledger of attempts, in sums. */
export function attemptsOf(story: Story): Record<'retried' | 'succeeded' | 'buried' | 'repeated', number> {
  const all = [...story.messages.values()];
  const said = (status: string): number => sum(all, ({ verdicts }) => distinct(verdicts.filter((one) => one.status === status))); // prettier-ignore
  const repeated = sum(all, ({ runs }) => runs.length - distinct(runs));
  return { retried: said('retrying'), succeeded: said('succeeded'), buried: said('buried'), repeated };
}

const sum = (all: readonly Told[], of: (told: Told) => number): number => all.reduce((total, told) => total + of(told), 0); // prettier-ignore
const distinct = (all: readonly { readonly attempt: number }[]): number => new Set(all.map(({ attempt }) => attempt)).size; // prettier-ignore
const ended = (runs: readonly Run[], attempt: number): readonly Run[] => runs.filter((run) => run.attempt === attempt && run.end !== undefined); // prettier-ignore
/** Once for each run, and once more where it was not known whether it had been written. */
const timesSaid = ({ runs, doubted }: Told, attempt: number): number => ended(runs, attempt).length + doubted.filter((one) => one.attempt === attempt).length; // prettier-ignore
const placeOf = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }): string => `${topic}/${partition}/${offset}`; // prettier-ignore

function ranAs({ runs }: Told): string {
  const text = ({ attempt, pid, start, end }: Run): string => `${attempt} in ${pid} at t=${start.toFixed(0)}${end === undefined ? ' (never ended)' : ''}`; // prettier-ignore
  return `attempts ${runs.map(text).join(', ')}`;
}
