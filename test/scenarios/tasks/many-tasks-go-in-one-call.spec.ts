import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const double = defineTask({ name: 'double', queue: 'numbers', input: 'int', output: 'int' });

@Injectable()
class Numbers {
  @Handles(double)
  double(number: PayloadOf<typeof double>): number {
    return 2 * number;
  }
}

test('many tasks go in one call, and each handle has the result of its own payload', async () => {
  await using app = await startTestApp({ contracts: [double], handlers: [Numbers] });
  const numbers = Array.from({ length: 3_000 }, (_, number) => number);

  const handles = await app.tasks.enqueueMany(double, numbers);

  expect(new Set(handles.map(({ id }) => id)).size).toBe(numbers.length);
  const results = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(results).toEqual(numbers.map((number) => 2 * number));
  expect(await app.tasks.enqueueMany(double, [])).toEqual([]);
});
