import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { systemClock } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const step = defineTask({
  name: 'step',
  queue: 'steps',
  input: {
    type: 'record',
    name: 'Step',
    fields: [
      { name: 'account', type: 'string' },
      { name: 'number', type: 'int' },
    ],
  },
  key: ({ account }) => account,
});

const running = new Set<string>();
const overlaps: string[] = [];
const ran = new Map<string, number[]>();
const ranBy = new Map<string, Set<object>>();

@Injectable()
class Steps {
  @Handles(step)
  async step({ account, number }: PayloadOf<typeof step>): Promise<null> {
    if (running.has(account)) overlaps.push(`${account}/${number}`);
    running.add(account);
    await new Promise<void>((resume) => systemClock.after(randomInt(5), resume));
    ran.set(account, [...(ran.get(account) ?? []), number]);
    ranBy.set(account, (ranBy.get(account) ?? new Set()).add(this));
    running.delete(account);
    return null;
  }
}

test('tasks of one key run one at a time and in the order sent, with two consumers and many keys', async () => {
  const shared = { cluster: testCluster(), contracts: [step], handlers: [Steps], partitions: 4 };
  await using app = await startTestApp(shared);
  await using _other = await startTestApp(shared);
  const numbers = Array.from({ length: 15 }, (_, number) => number);
  const accounts = Array.from({ length: 20 }, (_, account) => `account-${account}`);
  const payloads = numbers.flatMap((number) => accounts.map((account) => ({ account, number })));

  const handles = await app.tasks.enqueueMany(step, payloads);
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  expect(overlaps).toEqual([]);
  expect(Object.fromEntries(ran)).toEqual(Object.fromEntries(accounts.map((account) => [account, numbers])));
  expect([...ranBy.values()].every((workers) => workers.size === 1)).toBe(true);
  expect(new Set([...ranBy.values()].flatMap((workers) => [...workers])).size).toBe(2);
});
