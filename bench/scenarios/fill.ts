import type { Task } from '../systems/system.ts';
import type { Filling, Part } from './scenario.ts';

export const BULK = 500;
/** Calls under way at once. */
export const BULK_CALLERS = 4;

/** Every scenario has this part. */
export const fill: Part = async (child, filling: Filling) => {
  const client = await child.open();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < filling.count) {
      const from = next;
      next = Math.min(next + BULK, filling.count);
      await client.enqueueMany(tasks(from, next, filling));
    }
  };
  // Order per key is the order of the calls, so keys are filled by one caller.
  await Promise.all(Array.from({ length: filling.keys ? 1 : BULK_CALLERS }, caller));
  await client.close();
};

export function tasks(from: number, to: number, { keys = 0, pad = 0 }: Omit<Filling, 'count'> = {}): Task[] {
  const more = pad === 0 ? {} : { pad: 'x'.repeat(pad) };
  return Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    return keys === 0 ? { n, ...more } : { n, key: `k${n % keys}`, ...more };
  });
}
