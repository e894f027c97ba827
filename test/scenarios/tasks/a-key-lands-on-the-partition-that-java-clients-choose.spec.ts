import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const where = defineTask({ name: 'where', queue: 'places', input: 'string', output: 'int', key: (key) => key });
const PARTITIONS = 7;

/** Keys and their murmur2, as Kafka's own UtilsTest has them. */
const JAVA: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

@Injectable()
class Places {
  @Handles(where)
  where(_key: PayloadOf<typeof where>, { partition }: TaskContext): number {
    return partition;
  }
}

test('a key lands on the partition that Kafka’s Java clients choose for it', async () => {
  await using app = await startTestApp({ contracts: [where], handlers: [Places], partitions: PARTITIONS });

  const handles = await app.tasks.enqueueMany(where, JAVA.map(([key]) => key)); // prettier-ignore
  const partitions = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  expect(partitions).toEqual(JAVA.map(([, hash]) => (hash & 0x7fffffff) % PARTITIONS));
});
