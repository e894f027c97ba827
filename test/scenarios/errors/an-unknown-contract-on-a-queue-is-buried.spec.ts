import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';
import { write } from '../fixtures/plain-client.js';

const print = defineTask({ name: 'print.page', queue: 'printer', input: 'string', output: 'string' });

@Injectable()
class Printer {
  @Handles(print)
  print(text: PayloadOf<typeof print>): string {
    return text;
  }
}

test('a record of a contract that nobody knows is buried with a hint, and the queue goes on', async () => {
  await using app = await startTestApp({ contracts: [print], handlers: [Printer], partitions: 1 });
  const headers = { ce_id: 'from-elsewhere', ce_type: 'print.pgae', 'content-type': 'application/json' };

  await write(app.road, { topic: `${app.cluster.prefix}printer`, key: null, value: Buffer.from('"x"'), headers });
  const after = await app.tasks.enqueue(print, 'still printing');

  expect(await after.result({ timeoutMs: 20_000 })).toBe('still printing');
  const buried = await until(async () => (await app.buried())[0], { what: 'it is in the DLQ' });
  expect(buried!.row).toMatchObject({ id: 'from-elsewhere', contract: 'print.pgae' });
  expect(buried!.row.error).toMatchObject({ code: 'RECORD_UNREADABLE' });
  expect(buried!.row.error.message).toContain('Did you mean "print.page"?');
});
