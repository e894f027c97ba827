import { expect, test } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const open = defineTask({ name: 'open', queue: 'vault', input: 'string', output: 'string', retry: { delaysMs: [] } });

@Injectable()
class Owners {
  readonly names = ['Ada'];
}

@Injectable()
class OwnersOnly implements CanActivate {
  constructor(private readonly owners: Owners) {}

  canActivate(context: ExecutionContext): boolean {
    return context.getType<string>() === 'sunbeon' && this.owners.names.includes(context.getArgByIndex<string>(0));
  }
}

const opened: string[] = [];

@Injectable()
class Vault {
  @Handles(open)
  @UseGuards(OwnersOnly)
  open(who: PayloadOf<typeof open>): string {
    opened.push(who);
    return `welcome, ${who}`;
  }
}

test('a guard decides whether a handler runs; what it refuses is a failed attempt', async () => {
  await using app = await startTestApp({ contracts: [open], handlers: [Vault, Owners] });

  const [owner, thief] = await app.tasks.enqueueMany(open, ['Ada', 'Mallory']);

  expect(await owner!.result({ timeoutMs: 20_000 })).toBe('welcome, Ada');
  await expect(thief!.result({ timeoutMs: 20_000 })).rejects.toThrow(/ForbiddenException: Forbidden/);
  expect(opened).toEqual(['Ada']);
});
