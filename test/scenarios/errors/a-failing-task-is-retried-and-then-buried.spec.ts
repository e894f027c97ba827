import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const input = { type: 'record', name: 'Debit', fields: [{ name: 'card', type: 'string' }] } as const;
const debit = defineTask({ name: 'debit', queue: 'payments', input, retry: { delaysMs: [100, 300] } });

@Injectable()
class Bank {
  @Handles(debit)
  debit(): null {
    throw new RangeError('the card has no money');
  }
}

test('a failing task is retried after each of its delays and then buried with what went wrong', async () => {
  await using app = await startTestApp({ contracts: [debit], handlers: [Bank] });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(debit, { card: '4711' });

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  expect(ended.map(({ attempt, verdict }) => [attempt, verdict])).toEqual([
    [1, 'retry'],
    [2, 'retry'],
    [3, 'bury'],
  ]);
  const [buried, ...others] = await app.buried('payments');
  expect(others).toEqual([]);
  expect(buried!.row).toMatchObject({ id: handle.id, contract: 'debit', attempts: 3 });
  expect(buried!.row.error).toMatchObject({ code: 'HANDLER_FAILED', message: 'the card has no money' });
});
