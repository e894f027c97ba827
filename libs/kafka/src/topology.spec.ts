import { describe, expect, it } from '@jest/globals';
import { defineEvent, defineTask } from '@sunbeon/core';
import { memoryRoad } from '@sunbeon/testing';
import { ADD, bindingOf, FLOWN } from './rig.fake.js';
import { desiredTopics, planTopology, reconcileTopology } from './topology.js';
import { policyOf } from '@sunbeon/core/policy';

const nothing = (): Promise<null> => Promise.resolve(null);
const subscription = bindingOf(FLOWN, nothing, {
  group: 'stats',
  policy: policyOf({ retry: { delaysMs: [5_000, 5_000] } }, {}, 'test'),
});
const options = { prefix: 'team.', partitions: 8 };
const needs = { contracts: [ADD, FLOWN], bindings: [subscription] };

function desired(existing: ReadonlyMap<string, number> = new Map()) {
  return desiredTopics(needs.contracts, needs.bindings, { ...options, existing });
}

describe('the topics of a deployment', () => {
  it('are those of its contracts, its handlers and the results, each once', () => {
    expect(desired().map(({ topic }) => topic).sort()).toEqual([
      'team.flown',
      'team.flown.stats.dlq',
      'team.flown.stats.retry',
      'team.flown.stats.retry.5s',
      'team.flown.stats.retry.held',
      'team.math',
      'team.math.dlq',
      'team.math.retry.1m',
      'team.math.retry.1s',
      'team.sunbeon.audit',
      'team.sunbeon.control',
      'team.sunbeon.replays',
      'team.sunbeon.results',
    ]); // prettier-ignore
  });

  it('have as many partitions as their source: a key keeps its partition number through retries', () => {
    const found = desired(new Map([['team.math', 3]]));
    const of = (start: string) =>
      new Set(found.filter(({ topic }) => topic.startsWith(start)).map((one) => one.partitions));
    expect(of('team.math')).toEqual(new Set([3]));
    expect(of('team.flown')).toEqual(new Set([8]));
  });

  it('give what carries a history more room than its source, keep the dead for a month and results compacted', () => {
    const config = Object.fromEntries(desired().map(({ topic, config: of }) => [topic, of]));
    expect(config['team.math']).toEqual({});
    expect(config['team.flown']).toEqual({});
    for (const topic of ['team.math.retry.1s', 'team.flown.stats.retry', 'team.math.dlq'])
      expect(config[topic]).toMatchObject({ 'max.message.bytes': '2097152' });
    expect(config['team.math.dlq']).toMatchObject({ 'retention.ms': String(30 * 24 * 3_600_000) });
    expect(config['team.flown.stats.retry.held']).toMatchObject({ 'cleanup.policy': 'compact,delete' });
    expect(config['team.sunbeon.results']).toMatchObject({ 'cleanup.policy': 'compact,delete' });
    expect(config['team.sunbeon.control']).toMatchObject({ 'cleanup.policy': 'compact' });
  });

  it('of operators have one partition, for their order counts: the journal for ever, the audit for two years', () => {
    const operators = desired().filter(({ topic }) => /audit|replays/.test(topic));
    expect(operators).toMatchObject([
      { partitions: 1, config: { 'cleanup.policy': 'delete', 'retention.ms': String(730 * 24 * 3_600_000) } },
      { partitions: 1, config: { 'cleanup.policy': 'compact' } },
    ]);
    expect(desired(new Map([['team.sunbeon.audit', 8]])).find(({ topic }) => topic.endsWith('audit'))).toMatchObject({ partitions: 8 }); // prettier-ignore
  });

  it('are refused where a queue is named like the DLQ of a subscription', () => {
    const clash = defineTask({ name: 'clash', queue: 'flown.stats', input: 'string' });
    const find = () => desiredTopics([clash, FLOWN], [subscription], { ...options, existing: new Map() });
    expect(find).toThrow(expect.objectContaining({ code: 'CONTRACT_INVALID' }));
    expect(find).toThrow(/flown and .*flown\.stats|flown\.stats and .*flown/);
  });

  it('are shared by the contracts of one queue and by the events of one topic', () => {
    const second = defineTask({ name: 'math.sub', queue: 'math', input: 'double', retry: { delaysMs: [2_000] } });
    const flownToo = defineEvent({ name: 'flown.too', topic: 'flown', schema: 'string' });
    const topics = desiredTopics([ADD, second, FLOWN, flownToo], [], { ...options, existing: new Map() });
    expect(topics.map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(['team.math.retry.1s', 'team.math.retry.2s']),
    );
    expect(topics.filter(({ topic }) => topic === 'team.math' || topic === 'team.flown')).toHaveLength(2);
  });
});

it('the control topic has one partition: its order is what consumers agree by', () => {
  expect(desired().find(({ topic }) => topic === 'team.sunbeon.control')?.partitions).toBe(1);
});

describe('reconciling them', () => {
  it('creates what is missing, and nothing the second time', async () => {
    const admin = await memoryRoad({ topics: { 'team.math': 3 } }).admin();
    const plan = await planTopology(admin, needs, options);
    expect(plan.create.map(({ topic }) => topic)).not.toContain('team.math');
    await reconcileTopology(admin, plan, 'apply');
    const topics = await admin.listTopics();
    expect([topics.get('team.math.dlq'), topics.get('team.flown')]).toEqual([3, 8]);
    expect(await planTopology(admin, needs, options)).toEqual({ create: [], mismatched: [] });
  });

  it('only checks when told to, and names what is missing', async () => {
    const admin = await memoryRoad().admin();
    const plan = await planTopology(admin, needs, options);
    const verified = reconcileTopology(admin, plan, 'verify');
    await expect(verified).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringContaining('team.math.dlq'),
    });
    expect(await admin.listTopics()).toEqual(new Map());
    await reconcileTopology(admin, plan, 'apply');
    await reconcileTopology(admin, await planTopology(admin, needs, options), 'verify');
  });

  it.each(['apply', 'verify'] as const)('refuses partition numbers that tear keys apart (%s)', async (mode) => {
    const admin = await memoryRoad({ topics: { 'team.math': 3, 'team.math.retry.1s': 8 } }).admin();
    const plan = await planTopology(admin, needs, options);
    expect(plan.mismatched).toEqual([{ topic: 'team.math.retry.1s', partitions: 8, wanted: 3 }]);
    const refusal = expect(reconcileTopology(admin, plan, mode)).rejects;
    await refusal.toMatchObject({ code: 'TOPIC_MISMATCH', message: expect.stringMatching(/has 8 partitions.*3/) });
    expect((await admin.listTopics()).size).toBe(2);
  });
});
