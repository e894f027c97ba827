import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const input = { type: 'record', name: 'Visit', fields: [{ name: 'who', type: 'string' }] } as const;
const visit = defineTask({ name: 'visit', queue: 'visits', input, key: ({ who }) => who, recordOutcomes: false });

const gate = Promise.withResolvers<void>();
const seen = new Map<string, number>();

/** The doctor takes as long as it takes; the others are in and out. */
@Injectable()
class Visits {
  @Handles(visit)
  async visit({ who }: PayloadOf<typeof visit>): Promise<null> {
    seen.set(who, (seen.get(who) ?? 0) + 1);
    if (who === 'doctor') await gate.promise;
    return null;
  }
}

test('a key with a thousand tasks, of which the first is slow, holds up no other key', async () => {
  await using app = await startTestApp({ contracts: [visit], handlers: [Visits], consume: { concurrency: 5 } });
  const others = Array.from({ length: 500 }, (_, i) => ({ who: `guest ${i}` }));
  await app.tasks.enqueueMany(visit, Array.from({ length: 1_000 }, () => ({ who: 'doctor' }))); // prettier-ignore
  await app.tasks.enqueueMany(visit, others);

  await until(() => seen.size === 501, { what: 'all guests have been seen' });

  expect(seen.get('doctor')).toBe(1);
  gate.resolve();
  await until(() => seen.get('doctor') === 1_000, { what: 'the doctor is done' });
});
