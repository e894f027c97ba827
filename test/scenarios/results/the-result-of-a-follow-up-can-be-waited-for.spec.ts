import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const translate = defineTask({ name: 'translate', queue: 'texts', input: 'string', output: 'string' });
const publish = defineTask({ name: 'publish', queue: 'press', input: 'string', output: 'string' });

@Injectable()
class Press {
  /** Gives back the id of the follow-up. */
  @Handles(translate)
  async translate(text: PayloadOf<typeof translate>, context: TaskContext): Promise<string> {
    return context.enqueue(publish, text.toUpperCase());
  }

  @Handles(publish)
  publish(text: PayloadOf<typeof publish>): string {
    return `published: ${text}`;
  }
}

test('the result of a follow-up can be waited for by whoever learns its id', async () => {
  const shared = { cluster: testCluster(), contracts: [translate, publish] };
  await using _worker = await startTestApp({ ...shared, handlers: [Press] });
  await using caller = await startTestApp(shared);

  const first = await caller.tasks.enqueue(translate, 'sunbeon');
  const id = await first.result({ timeoutMs: 20_000 });

  const followUp = caller.tasks.handle(publish, id);
  expect(await followUp.result({ timeoutMs: 20_000 })).toBe('published: SUNBEON');
  expect(await followUp.lookup()).toMatchObject({ id, contract: 'publish', status: 'succeeded' });
});
