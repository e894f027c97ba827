import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const measure = defineTask({
  name: 'measure',
  queue: 'measures',
  input: 'string',
  output: { type: 'record', name: 'Size', fields: [{ name: 'metres', type: 'double' }] },
  retry: { delaysMs: [50] },
});

@Injectable()
class Tape {
  @Handles(measure)
  measure(): { metres: number } {
    return { metres: 'two' as never };
  }
}

test('an output that does not fit its schema is buried at once, and the reason names the field', async () => {
  await using app = await startTestApp({ contracts: [measure], handlers: [Tape] });

  const handle = await app.tasks.enqueue(measure, 'the table');

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toThrow(/"metres".*"two"/);
  const [buried, ...others] = await app.buried('measures');
  expect(others).toEqual([]);
  expect(buried!.row).toMatchObject({ id: handle.id, attempts: 1, error: { code: 'PAYLOAD_INVALID' } });
  expect(buried!.row.error.message).toContain('"metres"');
});
