import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, until } from '@sunbeon/testing';

const pay = defineTask({ name: 'pay', queue: 'invoices', input: 'int', output: 'int' });

@Injectable()
class Till {
  @Handles(pay)
  pay(amount: PayloadOf<typeof pay>): number {
    return amount;
  }
}

test('the same idempotency key is the same task: one id and one result', async () => {
  await using app = await startTestApp({ contracts: [pay], handlers: [Till] });
  const ended = collect(app.events, 'attempt.ended');

  const first = await app.tasks.enqueue(pay, 100, { idempotencyKey: 'invoice-7' });
  expect(await first.result({ timeoutMs: 20_000 })).toBe(100);
  const again = await app.tasks.enqueue(pay, 100, { idempotencyKey: 'invoice-7' });
  const other = await app.tasks.enqueue(pay, 100, { idempotencyKey: 'invoice-8' });
  await until(() => ended.length === 3, { what: 'all three records have been worked on' });

  expect(again.id).toBe(first.id);
  expect(other.id).not.toBe(first.id);
  expect(await again.result({ timeoutMs: 20_000 })).toBe(100);
  expect(await again.lookup()).toMatchObject({ id: first.id, status: 'succeeded', idempotencyKey: 'invoice-7' });
});
