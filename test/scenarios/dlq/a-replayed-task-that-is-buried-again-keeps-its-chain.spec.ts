import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Bury, defineTask } from '@sunbeon/core';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { Operator } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const dig = defineTask({ name: 'dig', queue: 'dig', input: 'string' });

@Injectable()
class Digger {
  @Handles(dig)
  dig(): void {
    throw new Bury('stone');
  }
}

test('a replayed task that is buried again keeps its id, its first grave and the number of its replays', async () => {
  await using app = await startTestApp({ contracts: [dig], handlers: [Digger], partitions: 1 });
  const { road, cluster } = app;
  const { id } = await app.tasks.enqueue(dig, 'here');
  const operator = new Operator({ road, prefix: cluster.prefix, by: 'Ada' });
  const [queue] = await app.admin.deadLetterQueues('dig');

  for (const count of [1, 2]) {
    await until(async () => (await app.buried()).length === count, { what: `it is buried for the ${count}. time` });
    expect(await operator.replay(queue!)).toMatchObject({ done: 1, skipped: count - 1 });
  }
  await until(async () => (await app.buried()).length === 3, { what: 'it is buried again' });
  await operator.close();

  const lineage = (await app.buried()).map(({ row, record: { headers } }) => [
    row.id,
    ...[HEADER.replayOf, HEADER.replayFirst, HEADER.replays].map((name) => headerText(headers, name)),
  ]);
  expect(lineage).toEqual([
    [id, undefined, undefined, undefined],
    [id, `${queue!.dlq}/0/0`, `${queue!.dlq}/0/0`, '1'],
    [id, `${queue!.dlq}/0/1`, `${queue!.dlq}/0/0`, '2'],
  ]);
}, 60_000);
