import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const options = { name: 'rent', queue: 'cars', output: 'string' } as const;
const days = { name: 'days', type: 'int' } as const;
const older = defineTask({ ...options, input: { type: 'record', name: 'Rent', fields: [days] } });
const newer = defineTask({
  ...options,
  input: { type: 'record', name: 'Rent', fields: [days, { name: 'seats', type: 'int', default: 4 }] },
});

@Injectable()
class Garage {
  @Handles(newer)
  rent({ days, seats }: PayloadOf<typeof newer>): string {
    return `${seats} seats for ${days} days`;
  }
}

test('a consumer with a newer schema reads what a sender with the older one writes', async () => {
  const cluster = testCluster();
  await using oldSender = await startTestApp({ cluster, contracts: [older] });
  const early = await oldSender.tasks.enqueue(older, { days: 2 });
  await using newApp = await startTestApp({ cluster, contracts: [newer], handlers: [Garage] });

  const late = await oldSender.tasks.enqueue(older, { days: 3 });
  const own = await newApp.tasks.enqueue(newer, { days: 1, seats: 7 });

  expect(await early.result({ timeoutMs: 20_000 })).toBe('4 seats for 2 days');
  expect(await late.result({ timeoutMs: 20_000 })).toBe('4 seats for 3 days');
  expect(await own.result({ timeoutMs: 20_000 })).toBe('7 seats for 1 days');
});
