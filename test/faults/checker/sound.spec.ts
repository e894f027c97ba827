import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { check } from './checker.js';
import { ONE, RIG, Telling } from './told.fake.js';

test('the checker finds nothing in what a correct consumer does, however its processes are killed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), kill: fc.boolean(), uncommitted: fc.boolean() }), {
        maxLength: 40,
      }),
      (steps) => {
        expect(
          check(simulate(steps).lines, { duplicates: steps.length ** 2, zombies: 0, stuckAfterMs: 1_000 }).damage,
        ).toEqual([]);
      },
    ),
  );
});

/** Works off one record after the other; a kill comes in the middle of one, and its heir begins behind the last commit. */
function simulate(steps: readonly { key: string; kill: boolean; uncommitted: boolean }[]): Telling {
  const told = new Telling().own(ONE);
  const counts = new Map<string, number>();
  const records = steps.map(({ key }, offset) => {
    const n = counts.get(key) ?? 0;
    counts.set(key, n + 1);
    told.publish(key, n, offset);
    return { key, n };
  });
  let [pid, committed]: [number, number] = [ONE, 0];
  for (let offset = 0, left = [...steps]; offset < records.length; offset++) {
    const { key, n } = records[offset]!;
    const step = left[offset];
    left = left.with(offset, { ...left[offset]!, kill: false });
    if (step!.kill) {
      told.start(pid, key, n, offset).effect();
      told.say(RIG, { kind: 'died', who: pid, how: 'SIGKILL' }).own(++pid);
      offset = committed - 1;
      continue;
    }
    told.work(pid, key, n, offset);
    if (!step!.uncommitted) told.commit(pid, (committed = offset + 1));
  }
  return told;
}
