import { expect, test } from '@jest/globals';
import { testCluster, until } from '@sunbeon/testing';
import { startApp, sunbeon } from '../fixtures/program.js';

test('a queue is paused, listed with who did it and why, resumed, and both are audited', async () => {
  const cluster = testCluster();
  await using _consumer = await startApp('consumer', cluster);
  const paused = await sunbeon(cluster, 'queue', 'pause', 'math', '--reason', 'the sums are wrong', '--as', 'ana');
  expect(paused).toMatchObject({ code: 0, out: 'math is paused; go on with: sunbeon queue resume math\n' });

  const { id } = (await sunbeon(cluster, 'enqueue', 'math.add', '{"a":1,"b":2}', '--json')).json();
  const row = async () => (await sunbeon(cluster, 'queue', 'ls', '--json')).json().find(({ queue }: { queue: string }) => queue === 'math'); // prettier-ignore
  const listed = await until(async () => (await row()).waiting === 1 && row(), { what: 'the task waits' });
  expect(listed).toEqual({ queue: 'math', kind: 'task', state: 'paused', waiting: 1, retrying: 0, reason: 'the sums are wrong', by: 'ana', since: expect.stringMatching(/^\d{4}-.*Z$/) }); // prettier-ignore
  const { out } = await sunbeon(cluster, 'queue', 'ls');
  expect(out).toMatch(/^math +task +paused +1 +0 .*ana +the sums are wrong$/m);

  expect((await sunbeon(cluster, 'queue', 'resume', 'math', '--json')).json()).toEqual({ queues: ['math'], state: 'running' }); // prettier-ignore
  const result = async () => (await sunbeon(cluster, 'result', id, '--json')).json();
  await until(async () => (await result()).status === 'succeeded', { what: 'the task is run' });
  expect(await row()).toMatchObject({ state: 'running' });
  const audit = await sunbeon(cluster, 'audit', 'ls');
  expect(audit.out).toMatch(/ana +pause +ended +math +queues 1 +the sums are wrong /);
  expect(audit.out).toMatch(/ resume +ended +math +queues 1 /);
  expect(await sunbeon(cluster, 'queue', 'pause', 'mth')).toMatchObject({ code: 1, err: expect.stringContaining('Did you mean "math"?') }); // prettier-ignore
}, 60_000);
