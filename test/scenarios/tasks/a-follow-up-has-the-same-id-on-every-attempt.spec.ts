import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const order = defineTask({ name: 'order', queue: 'orders', input: 'string', retry: { delaysMs: [50] } });
const pack = defineTask({ name: 'pack', queue: 'packing', input: 'string' });

const sent: string[][] = [];
const packed: string[] = [];

@Injectable()
class Shop {
  @Handles(order)
  async order(item: PayloadOf<typeof order>, context: TaskContext): Promise<null> {
    const box = await context.enqueue(pack, `${item}: the box`);
    const bow = await context.enqueue(pack, `${item}: the bow`);
    const card = await context.enqueue(pack, `${item}: the card`, { name: 'card' });
    sent.push([box, bow, card]);
    if (context.attempt === 1) throw new Error('the light went out after the packing was ordered');
    return null;
  }

  @Handles(pack)
  pack(_what: PayloadOf<typeof pack>, context: TaskContext): null {
    packed.push(context.id);
    return null;
  }
}

test('an attempt that is made again sends the same follow-ups again, not new ones', async () => {
  await using app = await startTestApp({ contracts: [order, pack], handlers: [Shop] });

  const handle = await app.tasks.enqueue(order, 'teapot');
  await handle.result({ timeoutMs: 20_000 });
  await until(() => packed.length === 6, { what: 'both attempts’ follow-ups have run' });

  expect(sent).toHaveLength(2);
  expect(sent[1]).toEqual(sent[0]);
  expect(new Set(packed)).toEqual(new Set(sent[0]));
  expect(new Set(packed).size).toBe(3);
});
