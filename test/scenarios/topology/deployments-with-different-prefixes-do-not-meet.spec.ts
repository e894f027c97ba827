import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const brew = defineTask({ name: 'brew', queue: 'kettles', input: 'string', output: 'string' });

@Injectable()
class Kettle {
  @Handles(brew)
  brew(tea: PayloadOf<typeof brew>, { topic }: TaskContext): string {
    return `${tea} from ${topic}`;
  }
}

test('two deployments with different prefixes share a cluster and never meet', async () => {
  await using north = await startTestApp({ contracts: [brew], handlers: [Kettle] });
  await using south = await startTestApp({ contracts: [brew], handlers: [Kettle] });
  const inTheSouth = collect(south.events, 'attempt.started');
  expect(north.cluster.prefix).not.toBe(south.cluster.prefix);

  const handle = await north.tasks.enqueue(brew, 'oolong');

  expect(await handle.result({ timeoutMs: 20_000 })).toBe(`oolong from ${north.cluster.prefix}kettles`);
  expect(await south.tasks.handle(brew, handle.id).lookup()).toBeUndefined();
  expect(inTheSouth).toEqual([]);
});
