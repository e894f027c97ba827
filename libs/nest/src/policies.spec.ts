import { describe, expect, test } from '@jest/globals';
import { policyOf } from '@sunbeon/core/policy';
import { add, landed } from './contracts.fake.js';
import type { FoundBinding } from './explorer.js';
import { withPolicies } from './policies.js';

const shared = { where: 'Adder.add', module: 'M', handle: () => Promise.resolve() };
const task: FoundBinding = { ...shared, contract: add, group: undefined, policy: policyOf({ order: 'none', retry: { delaysMs: [7] } }, {}, 'spec') }; // prettier-ignore
const event: FoundBinding = { ...shared, contract: landed, group: 'gates', policy: task.policy };

describe('policies of a deployment', () => {
  test('stand above those of handlers, for what they say', () => {
    const [first, second] = withPolicies([task, event], { 'math.add': { retry: { delaysMs: [9] } } });
    expect(first!.policy).toMatchObject({ order: 'none', onError: [{ retry: { delaysMs: [9] } }] });
    expect(second).toBe(event);
  });

  test('are each group’s own for an event', () => {
    const [, second] = withPolicies([task, event], { 'flight.landed@gates': { onError: [{ ignore: true }] } });
    expect(second!.policy.onError).toEqual([{ verb: 'ignore' }]);
  });

  // prettier-ignore
  test.each([
    [{ 'math.ad': {} },                         'policies names "math.ad", which no handler here takes. Did you mean "math.add"?'],
    [{ 'flight.landed': {} },                   'policies names "flight.landed", which no handler here takes.'],
    [{ 'math.add': { retrys: {} } as never },   'SunbeonModule: policies["math.add"]: nobody reads the option "retrys". Did you mean "retry"?'],
    [{ 'math.add': { retry: { delaysMs: [0] } } }, 'SunbeonModule: policies["math.add"]: retry.delaysMs has 0.'],
  ])('are refused at boot: %j', (policies, message) => {
    expect(() => withPolicies([task, event], policies)).toThrow(message);
  });
});
