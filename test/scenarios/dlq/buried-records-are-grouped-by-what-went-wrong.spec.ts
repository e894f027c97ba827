import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { DeadLetters } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const input = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] } as const;
const retry = { delaysMs: [] };
const pack = defineTask({ name: 'order.pack', queue: 'orders', input, output: 'string', retry, key: ({ id }) => id });

function weigh(id: string): never {
  throw new RangeError(`order "${id}" weighs ${id.length * 1_000} g`);
}

@Injectable()
class Packers {
  @Handles(pack)
  pack({ id }: PayloadOf<typeof pack>): string {
    if (id.startsWith('heavy')) weigh(id);
    if (id.startsWith('large')) throw new RangeError(`order "${id}" weighs 7 g`); // the same words, from another place
    throw new TypeError(`order "${id}" weighs 7 g`);
  }
}

test('buried records are grouped by what went wrong and where, however their values differ', async () => {
  await using app = await startTestApp({ contracts: [pack], handlers: [Packers] });
  const { road, admin, transport, tasks } = app;
  const letters = new DeadLetters({ road, admin, codec: transport.codec });
  const ids = ['heavy-1', 'heavy-22', 'heavy-333', 'large-1', 'large-2', 'odd'];
  for (const id of ids) await tasks.enqueue(pack, { id });
  await until(async () => (await app.buried()).length === ids.length, { what: 'all are buried' });

  const { groups, others, total } = await letters.groups('orders');

  expect([total, others, groups.map(({ count }) => count)]).toEqual([6, 0, [3, 2, 1]]);
  expect(groups.map(({ contract, error }) => [contract, error.name])).toEqual([
    ['order.pack', 'RangeError'],
    ['order.pack', 'RangeError'],
    ['order.pack', 'TypeError'],
  ]);
  const [heavy] = groups;
  const shown = await letters.show(heavy!.example);
  expect(shown).toMatchObject({ timestamp: heavy!.last, error: { message: heavy!.error.message, fingerprint: heavy!.fingerprint } }); // prettier-ignore
  expect(shown).toMatchObject({ payload: { id: shown.key }, origin: { topic: `${app.cluster.prefix}orders` } });
  expect(shown.stack).toContain('weigh');
  expect(shown.history).toMatchObject([{ attempt: 1, by: expect.any(String), at: expect.stringMatching(/Z$/) }]);
  const few = await letters.groups('orders', { maxGroups: 1 });
  expect([few.groups.length, few.total, few.groups[0]!.count + few.others]).toEqual([1, 6, 6]);
});
