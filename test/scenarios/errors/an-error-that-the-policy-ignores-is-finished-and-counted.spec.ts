import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

class AlreadyPaid extends Error {}

const charge = defineTask({
  name: 'charge',
  queue: 'charges',
  input: 'string',
  onError: [{ ignore: true, on: [AlreadyPaid] }, { retry: { delaysMs: [50] } }],
});

@Injectable()
class Bank {
  @Handles(charge)
  charge(): null {
    throw new AlreadyPaid('invoice 7');
  }
}

test('an error that the policy ignores is finished, said as such, and lies in no DLQ', async () => {
  await using app = await startTestApp({ contracts: [charge], handlers: [Bank] });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(charge, 'invoice 7');

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_DROPPED' });
  expect(await handle.lookup()).toMatchObject({ status: 'dropped', error: { code: 'IGNORED', message: 'AlreadyPaid: invoice 7' } }); // prettier-ignore
  expect(ended).toMatchObject([{ verdict: 'drop', code: 'IGNORED', error: { name: 'AlreadyPaid' } }]);
  expect(await app.buried()).toEqual([]);
});
