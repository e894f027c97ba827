import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const input = { type: 'record', name: 'Meet', fields: [{ name: 'who', type: 'string' }] } as const;
const meet = defineTask({ name: 'meet', queue: 'meetings', input, output: 'int', key: ({ who }) => who });

const present = new Set<string>();

/** Nobody leaves before all three are there: one at a time they would wait for ever. */
@Injectable()
class Meeting {
  @Handles(meet)
  async meet({ who }: PayloadOf<typeof meet>): Promise<number> {
    present.add(who);
    await until(() => present.size === 3, { what: 'all three have come', timeoutMs: 10_000 });
    return present.size;
  }
}

test('tasks of different keys run side by side, though they lie in one partition', async () => {
  await using app = await startTestApp({ contracts: [meet], handlers: [Meeting], partitions: 1 });

  const handles = await app.tasks.enqueueMany(meet, [{ who: 'Ada' }, { who: 'Grace' }, { who: 'Edsger' }]);

  expect(await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })))).toEqual([3, 3, 3]);
});
