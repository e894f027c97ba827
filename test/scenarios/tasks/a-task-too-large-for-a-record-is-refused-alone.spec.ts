import { expect, test } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { startTestApp } from '@sunbeon/testing';

const keep = defineTask({ name: 'keep', queue: 'boxes', input: 'string' });

test('a task that no record can hold is refused by enqueue; what is sent in the same moment is sent', async () => {
  await using app = await startTestApp({ contracts: [keep] });

  const sent = await Promise.allSettled(
    ['small', 'x'.repeat(5_000_000), 'y'.repeat(1_500_000), 'small too'].map((text) => app.tasks.enqueue(keep, text)),
  );

  expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  for (const result of sent) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'RECORD_TOO_LARGE' });
  }
  expect((await app.admin.overview())[0]).toMatchObject({ queue: 'boxes', total: 2 });
});
