import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';
import { write } from '../fixtures/plain-client.js';

const cook = defineTask({
  name: 'cook',
  queue: 'kitchen',
  input: {
    type: 'record',
    name: 'Cook',
    fields: [
      { name: 'dish', type: 'string' },
      { name: 'plates', type: 'int', default: 1 },
    ],
  },
});
const cooked: unknown[] = [];

@Injectable()
class Kitchen {
  @Handles(cook)
  cook(dish: PayloadOf<typeof cook>, { key, id, attempt }: TaskContext): null {
    cooked.push({ ...dish, key, attempt });
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new Error(`no id was made: ${id}`);
    return null;
  }
}

test('plain JSON of a client that knows none of our headers is run, with defaults filled in', async () => {
  await using app = await startTestApp({ contracts: [cook], handlers: [Kitchen] });
  const value = Buffer.from(JSON.stringify({ dish: 'bibimbap' }));

  await write(app.road, { topic: `${app.cluster.prefix}kitchen`, key: 'table 4', value, headers: {} });

  await until(() => cooked.length > 0, { what: 'the dish is cooked' });
  expect(cooked).toEqual([{ dish: 'bibimbap', plates: 1, key: 'table 4', attempt: 1 }]);
  expect(await app.buried()).toEqual([]);
});
