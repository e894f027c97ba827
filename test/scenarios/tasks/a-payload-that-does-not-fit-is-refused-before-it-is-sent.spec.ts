import { expect, test } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { startTestApp } from '@sunbeon/testing';

const ship = defineTask({
  name: 'ship',
  queue: 'parcels',
  input: {
    type: 'record',
    name: 'Ship',
    fields: [
      { name: 'to', type: 'string' },
      {
        name: 'items',
        type: {
          type: 'array',
          items: { type: 'record', name: 'Item', fields: [{ name: 'grams', type: 'int' }] },
        },
      },
    ],
  },
});

test('a payload that does not fit its schema is refused by enqueue, which names the field, and nothing is sent', async () => {
  await using app = await startTestApp({ contracts: [ship] });
  const good = { to: 'Busan', items: [{ grams: 500 }] };
  const wrong = { to: 'Busan', items: [{ grams: 500 }, { grams: 'heavy' as never }] };

  const refused = { code: 'PAYLOAD_INVALID', facts: { field: 'items[1].grams' } };
  await expect(app.tasks.enqueue(ship, wrong)).rejects.toMatchObject(refused);
  await expect(app.tasks.enqueue(ship, wrong)).rejects.toThrow(/field "items\[1\]\.grams".*"heavy"/);
  await expect(app.tasks.enqueueMany(ship, [good, wrong])).rejects.toMatchObject(refused);
  await expect(app.tasks.enqueue(ship, { items: [] } as never)).rejects.toThrow('field "to" is missing');

  const [queue] = await app.admin.overview();
  expect(queue).toMatchObject({ queue: 'parcels', total: 0 });
  await app.tasks.enqueue(ship, good);
  expect((await app.admin.overview())[0]!.total).toBe(1);
});
