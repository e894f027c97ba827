import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { PayloadOf, TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { ChildApp } from '../fixtures/child-app.js';
import { nap } from '../fixtures/nap.mjs';

const ran: { id: string; who: string }[] = [];

@Injectable()
class Sleeper {
  @Handles(nap)
  nap(who: PayloadOf<typeof nap>, { id }: TaskContext): string {
    ran.push({ id, who });
    return who;
  }
}

test('a task whose enqueue has resolved is run, though its sender was killed in the same moment', async () => {
  const cluster = testCluster();
  await using child = new ChildApp('send', cluster);
  await child.exited;
  expect(child.said).toEqual([{ sent: expect.any(String) }]);

  await using app = await startTestApp({ cluster, contracts: [nap], handlers: [Sleeper], partitions: 1 });

  const [{ sent: id }] = child.said as [{ sent: string }];
  await until(() => ran.length > 0, { what: 'the task has run' });
  expect(ran).toEqual([{ id, who: 'sent by the child' }]);
  expect(await app.tasks.handle(nap, id).result({ timeoutMs: 20_000 })).toBe('sent by the child');
});
