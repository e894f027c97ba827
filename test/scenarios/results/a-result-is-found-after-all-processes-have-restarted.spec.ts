import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, Drop, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const vote = defineTask({ name: 'vote', queue: 'urn', input: 'string', output: 'string', retry: { delaysMs: [] } });

@Injectable()
class Urn {
  @Handles(vote)
  vote(who: PayloadOf<typeof vote>): string {
    if (who === 'nobody') throw new Drop('blank');
    if (who === 'everybody') throw new Error('invalid');
    return who;
  }
}

test('results are found after a restart of all processes, whatever they are', async () => {
  const shared = { cluster: testCluster(), contracts: [vote], handlers: [Urn] };
  const before = await startTestApp(shared);
  const sent = await before.tasks.enqueueMany(vote, ['Ada', 'nobody', 'everybody']);
  await Promise.allSettled(sent.map((handle) => handle.result({ timeoutMs: 20_000 })));
  await before.stop();

  await using after = await startTestApp(shared);

  const found = sent.map(({ id }) => after.tasks.handle(vote, id));
  expect(await Promise.all(found.map((handle) => handle.lookup()))).toMatchObject([
    { status: 'succeeded', output: 'Ada' },
    { status: 'dropped', error: { message: 'blank' } },
    { status: 'buried', error: { message: 'invalid' } },
  ]);
  expect(await found[0]!.result({ timeoutMs: 20_000 })).toBe('Ada');
  await expect(found[2]!.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
});
