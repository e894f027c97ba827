import { expect, test } from '@jest/globals';
import { BadRequestException, Injectable, type PipeTransform, UsePipes } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const dial = defineTask({ name: 'dial', queue: 'phones', input: 'string', output: 'string', retry: { delaysMs: [] } });

@Injectable()
class DigitsOnly implements PipeTransform<string, string> {
  transform(number: string): string {
    const digits = number.replaceAll(/[ -]/g, '');
    if (!/^\d+$/.test(digits)) throw new BadRequestException(`"${number}" is no number`);
    return digits;
  }
}

@Injectable()
class Phones {
  @Handles(dial)
  @UsePipes(DigitsOnly)
  dial(number: PayloadOf<typeof dial>, context: TaskContext): string {
    return `${number} in attempt ${context.attempt}`;
  }
}

test('a pipe changes or refuses the payload before the handler has it, and leaves the context alone', async () => {
  await using app = await startTestApp({ contracts: [dial], handlers: [Phones] });

  const [good, bad] = await app.tasks.enqueueMany(dial, ['02-123 456', 'home']);

  expect(await good!.result({ timeoutMs: 20_000 })).toBe('02123456 in attempt 1');
  await expect(bad!.result({ timeoutMs: 20_000 })).rejects.toThrow('BadRequestException: "home" is no number');
});
