import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';
import { RegistryDoor } from '../fixtures/registry-door.js';

const sign = defineTask({ name: 'sign', queue: 'letters', input: 'string', output: 'string' });
const signed: string[] = [];

@Injectable()
class Secretary {
  @Handles(sign)
  sign(letter: PayloadOf<typeof sign>): string {
    signed.push(letter);
    return letter;
  }
}

test('while the registry is away records wait and none is buried; when it is back they are run', async () => {
  const cluster = testCluster();
  await using door = new RegistryDoor(new URL(cluster.registryUrl));
  await door.open();
  await using caller = await startTestApp({ cluster, contracts: [sign] });
  const behindTheDoor = { ...cluster, registryUrl: door.url };
  await using worker = await startTestApp({ cluster: behindTheDoor, contracts: [sign], handlers: [Secretary] });
  const ended = collect(worker.events, 'attempt.ended');

  await door.shut();
  const handles = await caller.tasks.enqueueMany(sign, ['first', 'second', 'third']);
  await until(() => ended.length >= 6, { what: 'all three were tried twice' });
  expect(new Set(ended.map(({ verdict, error }) => `${verdict}: ${error!.code}`))).toEqual(
    new Set(['hold: REGISTRY_UNAVAILABLE']),
  );
  expect(signed).toEqual([]);

  await door.open();
  const letters = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(letters).toEqual(['first', 'second', 'third']);
  expect(await caller.buried()).toEqual([]);
  expect(await handles[0]!.lookup()).toMatchObject({ attempt: 1 });
});
