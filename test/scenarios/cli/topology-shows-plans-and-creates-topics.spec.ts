import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { sunbeon } from '../fixtures/program.js';

test('topology lists what the contracts need, plan says what is missing, apply creates it once', async () => {
  const cluster = testCluster();
  const { prefix } = cluster;

  const plan = await sunbeon(cluster, 'topology', 'plan', '--json');
  const applied = await sunbeon(cluster, 'topology', 'apply', '--json');
  const again = await sunbeon(cluster, 'topology', 'apply');
  const listed = await sunbeon(cluster, 'topology', '--json');

  expect(plan.json().create.map(({ topic }: { topic: string }) => topic)).toContain(`${prefix}math.retry.2s`);
  expect(applied.json()).toEqual(plan.json().create);
  expect(again).toMatchObject({ code: 0, out: 'nothing to do\n', err: '' });
  expect(listed.json()).toContainEqual({
    queue: 'math',
    topic: `${prefix}math`,
    kind: 'task',
    contracts: ['math.add'],
    partitions: 8,
    groups: [`${prefix}math`],
    retry: [`${prefix}math.retry.2s`, `${prefix}math.retry.500ms`],
    dlq: [`${prefix}math.dlq`],
  });
  expect(listed.json()).toHaveLength(5);
}, 30_000);
