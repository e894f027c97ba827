import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import { GROUP_HOOKS, REJOIN } from '../patches/group-hooks.js';
import type { DriverContext } from './client.js';
import type { GroupInternals } from './internals.js';
import { Membership } from './membership.js';

const SESSION_MS = 30_000;

function build() {
  const clock = new FakeClock();
  const membership = new Membership({ clock, sessionTimeoutMs: SESSION_MS } as unknown as DriverContext);
  membership.begin({ onAssigned: () => undefined, onLost: () => undefined, onRecords: () => undefined, onRevoked: () => Promise.resolve() }); // prettier-ignore
  const client = Symbol('client');
  const assigner = membership.carriedBy(client)({} as never);
  const group = {
    ...{ memberId: 'm', generationId: 1, groupId: 'g', rejoins: 0 },
    ...{ assigned: () => [], pause: () => undefined, resume: () => undefined, offsetManager: {} },
    [REJOIN]: () => void group.rejoins++,
  };
  const hooks = assigner[GROUP_HOOKS];
  const internals = group as unknown as GroupInternals;
  const begin = async (): Promise<void> => {
    await hooks.beforeJoin(internals);
    assigner.protocol({ topics: [] });
  };
  return { clock, membership, client, hooks, group, internals, begin };
}

describe('a join that fails', () => {
  it('is over: what the member hears of its broker counts again, and silence is seen', async () => {
    const { clock, membership, hooks, internals, begin } = build();
    await begin();
    await hooks.afterJoin(internals);
    await begin();
    expect(membership.isJoining).toBe(true);
    hooks.joinFailed?.(internals);
    expect([membership.isJoining, membership.isConfirmed()]).toEqual([false, true]);
    await clock.advance(SESSION_MS);
    expect(membership.isConfirmed()).toBe(false);
  });
});

describe('a join that was asked for while one ended', () => {
  it('is made up for with the next heartbeat, once', async () => {
    const { membership, client, hooks, group, internals, begin } = build();
    await begin();
    await hooks.afterJoin(internals);
    membership.topicMissing(); // taken for the join that is just ending
    expect(group.rejoins).toBe(1);
    membership.confirmed(client, 0);
    expect(group.rejoins).toBe(2);
    await begin();
    await hooks.afterJoin(internals);
    membership.confirmed(client, 0);
    expect(group.rejoins).toBe(2);
  });
});
