import type { Damage } from './damage.js';
import type { Story, Told } from './story.js';

const FINAL = new Set(['succeeded', 'buried', 'dropped']);

/** Acknowledged, and no final outcome on the results topic or in the DLQ. */
export function findLost(story: Story): Damage[] {
  const lost = story.expected().filter(({ verdicts }) => !verdicts.some(({ status }) => FINAL.has(status)));
  return lost.map((told) => ({ rule: 'lost', text: `${told.id} was acknowledged and has no outcome; ${ranAs(told)}` }));
}

/** Acknowledged, and no handler was ever called with it. */
export function findUnseen(story: Story): Damage[] {
  const unseen = story.expected().filter(({ runs }) => runs.length === 0);
  return unseen.map(({ id, written }) => {
    const where = written.map(({ partition, offset }) => `${partition}/${offset}`).join(' and ') || 'nowhere';
    return { rule: 'unseen', text: `${id} was acknowledged and never started; it is written at ${where}` };
  });
}

/** Effects beyond the first of each message. */
export function duplicatesOf(story: Story): number {
  const effects = (told: Told): number => told.runs.filter(({ effect }) => effect !== undefined).length;
  return [...story.messages.values()].reduce((sum, told) => sum + Math.max(0, effects(told) - 1), 0);
}

/**
 * More repeated effects than `allowed`, and one more for each send that was refused: whoever sends again what may have been
 * written has it written twice.
 */
export function findDuplicated(story: Story, allowed: number): Damage[] {
  const refused = [...story.messages.values()].reduce((sum, { refusals }) => sum + refusals, 0);
  const duplicates = duplicatesOf(story);
  if (duplicates <= allowed + refused) return [];
  const text = `${duplicates} effects happened again; allowed are ${allowed} and ${refused} for refused sends`;
  return [{ rule: 'duplicated', text }];
}

/** Written more often than it was sent: the first send, and one for each that was refused. Retries are written anew. */
export function findRewritten(story: Story): Damage[] {
  return [...story.messages.values()].flatMap(({ id, written, refusals }) => {
    const copies = written.filter(({ attempt }) => attempt === 1);
    if (copies.length <= 1 + refusals) return [];
    const where = copies.map(({ partition, offset }) => `${partition}/${offset}`).join(', ');
    return [{ rule: 'rewritten', text: `${id} was sent ${1 + refusals} times and lies at ${where}` }];
  });
}

function ranAs({ runs }: Told): string {
  if (runs.length === 0) return 'it was never started';
  return runs.map(({ pid, attempt, end }) => `attempt ${attempt} in ${pid} ${end === undefined ? 'never' : 'has'} ended`).join(', '); // prettier-ignore
}
