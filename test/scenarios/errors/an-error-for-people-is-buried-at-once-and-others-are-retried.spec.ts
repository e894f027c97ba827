import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

class CardRefused extends Error {}

const pay = defineTask({
  name: 'pay',
  queue: 'payments',
  input: 'string',
  onError: [{ human: true, on: [CardRefused] }, { retry: { delaysMs: [50] } }],
});

@Injectable()
class Cashier {
  @Handles(pay)
  pay(card: string): null {
    throw card === 'stolen' ? new CardRefused('ask the bank') : new Error('the bank is closed');
  }
}

test('an error for people is buried at once, and others are retried', async () => {
  await using app = await startTestApp({ contracts: [pay], handlers: [Cashier] });
  const ended = collect(app.events, 'attempt.ended');

  const [stolen, other] = await app.tasks.enqueueMany(pay, ['stolen', 'mine']);
  await Promise.allSettled([stolen!, other!].map((handle) => handle.result({ timeoutMs: 20_000 })));

  const verdictsOf = (id: string): string[] => ended.filter((one) => one.id === id).map(({ verdict }) => verdict);
  expect([verdictsOf(stolen!.id), verdictsOf(other!.id)]).toEqual([['bury'], ['retry', 'bury']]);
  expect((await app.buried()).map(({ row }) => row.error.message).sort()).toEqual([
    'ask the bank',
    'the bank is closed',
  ]);
});
