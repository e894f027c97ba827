import { expect, test } from '@jest/globals';
import { testCluster, until } from '@sunbeon/testing';
import { additionsIn, buryAdditions, type DeadLetters } from '../fixtures/dead-letters.js';
import { clusterEnv, startCli, sunbeon } from '../fixtures/program.js';

const COUNT = 20_000;

/** kill -9 as soon as it has sent some of them. */
async function killMidway(cluster: ReturnType<typeof testCluster>, dead: DeadLetters, ...args: string[]) {
  await using program = startCli(['dlq', 'replay', ...args], { env: clusterEnv(cluster) });
  const admin = await dead.road.admin();
  const written = async (): Promise<number> =>
    (await admin.offsets(dead.queue)).reduce((sum, { high }) => sum + high, 0);
  const before = await written();
  // Whoever goes on with a dead one's act waits for half a minute first.
  await until(async () => (await written()) > before, { what: 'some are replayed', timeoutMs: 60_000 });
  program.signal('SIGKILL');
  await program.exited;
  const after = await written();
  expect(after).toBeLessThan(COUNT);
  return after;
}

test('a bulk replay that is killed twice goes on where it was, and sends each record exactly once', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, COUNT);
  await killMidway(cluster, dead, 'math', '--rate', '4000');
  const [{ act }] = (await sunbeon(cluster, 'audit', 'ls', '--json')).json();
  await killMidway(cluster, dead, '--resume', act);

  const resumed = await sunbeon(cluster, 'dlq', 'replay', '--resume', act, '--json');

  expect(resumed).toMatchObject({ code: 0 });
  expect(resumed.json()).toEqual({ matched: COUNT, replayed: COUNT, skipped: 0, failed: 0 });
  expect(additionsIn(await dead.read('math'))).toEqual(Array.from({ length: COUNT }, (_, a) => a));
}, 180_000);

test('a replay that was killed can be asked for anew, too', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, COUNT);
  const before = await killMidway(cluster, dead, 'math', '--rate', '4000');

  const again = (await sunbeon(cluster, 'dlq', 'replay', 'math', '--json')).json();

  expect(again).toEqual({ matched: COUNT, replayed: COUNT - before, skipped: before, failed: 0 });
  expect(additionsIn(await dead.read('math'))).toEqual(Array.from({ length: COUNT }, (_, a) => a));
}, 180_000);
