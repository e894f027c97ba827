import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, until } from '@sunbeon/testing';
import { numbers, pay } from '../fixtures/bank.js';

@Injectable()
class FussyBank {
  @Handles(pay)
  pay(number: number): null {
    if (number % 5 === 0) throw new Error('no round sums');
    return null;
  }
}

test('a queue that buries more than it may is paused, though most of its tasks succeed', async () => {
  const breaker = { maxBuries: 10, minAttempts: 10, failureRatio: 0.9, pauseMs: 60_000 };
  await using app = await startTestApp({
    contracts: [pay],
    handlers: [FussyBank],
    consume: { concurrency: 5, breaker },
  });
  const paused = collect(app.events, 'queue.paused');

  await app.tasks.enqueueMany(pay, numbers(500));
  await until(() => paused.length > 0 && app.transport.health()[0]!.running === 0, { what: 'the queue rests' });

  expect(paused).toMatchObject([{ queue: 'payments', state: 'open', reason: '11 messages were buried within 60 s' }]);
  expect((await app.buried('payments')).length).toBeLessThanOrEqual(11 + 5); // and what ran when it tripped
});
