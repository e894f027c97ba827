import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const grow = defineTask({ name: 'grow', queue: 'trees', input: 'int', output: 'string' });

@Injectable()
class Forest {
  @Handles(grow)
  grow(length: PayloadOf<typeof grow>): string {
    return 'a'.repeat(length);
  }
}

test('an output that no record can hold is buried with advice, and the queue goes on', async () => {
  await using app = await startTestApp({ contracts: [grow], handlers: [Forest], partitions: 1 });

  const [huge, small] = await app.tasks.enqueueMany(grow, [5_000_000, 3]);

  expect(await small!.result({ timeoutMs: 20_000 })).toBe('aaa');
  await expect(huge!.result({ timeoutMs: 20_000 })).rejects.toThrow(/too large.*Return a reference/);
  const [buried] = await app.buried('trees');
  expect(buried!.row).toMatchObject({ id: huge!.id, attempts: 1, error: { code: 'RECORD_TOO_LARGE' } });
});
