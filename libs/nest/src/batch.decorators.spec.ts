import { afterEach, describe, expect, it } from '@jest/globals';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, UseInterceptors } from '@nestjs/common'; // prettier-ignore
import { Bury } from '@sunbeon/core';
import type { BatchItem } from '@sunbeon/core/batch';
import { HandlesBatch, SubscribesBatch } from './batch.decorators.js';
import { Apps } from './boot.fake.js';
import { landed, multiply } from './contracts.fake.js';

const apps = new Apps();
afterEach(() => apps.close());
const signal = new AbortController().signal;

const seenByInterceptor: unknown[] = [];
class Note implements NestInterceptor {
  intercept(host: ExecutionContext, next: CallHandler) {
    seenByInterceptor.push((host.getArgByIndex(0) as readonly BatchItem[]).map(({ payload }) => payload));
    return next.handle();
  }
}

describe('a batch handler', () => {
  it('gets many messages a call, each with its context, and says of each what became of it', async () => {
    @Injectable()
    class Bulk {
      readonly unit = 'n';
      @UseInterceptors(Note)
      @HandlesBatch(multiply, { size: 2, lingerMs: 5_000 })
      many(items: readonly BatchItem<number>[]) {
        return items.map(({ payload, context }) => (payload < 0 ? new Bury(`${this.unit} ${context.id}`) : null));
      }
    }
    const transport = await apps.boot(Bulk);
    const done = ['math.multiply', 'math.multiply'].map((to, i) => transport.deliver(to, i === 0 ? 3 : -1, { id: `id-${i}`, signal })); // prettier-ignore
    expect(await Promise.allSettled(done)).toMatchObject([
      { status: 'fulfilled', value: null },
      { status: 'rejected', reason: expect.any(Bury) as unknown },
    ]);
    expect(seenByInterceptor).toEqual([[3, -1]]);
    expect(transport.bindings).toMatchObject([{ where: 'Bulk.many', policy: { concurrency: 2 } }]);
  });

  it('takes events too, and may be wider than one batch', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Log {
      @SubscribesBatch(landed, { group: 'log', size: 3, lingerMs: 1, concurrency: 6, order: 'none' })
      many(items: readonly BatchItem<string>[]) {
        seen.push(items.map(({ payload }) => payload));
      }
    }
    const transport = await apps.boot(Log);
    await Promise.all(['A1', 'A2', 'A3'].map((gate) => transport.deliver('flight.landed@log', gate, { signal })));
    await transport.deliver('flight.landed@log', 'A4', { signal }); // alone: after its linger
    expect(seen).toEqual([['A1', 'A2', 'A3'], ['A4']]);
    expect(transport.bindings).toMatchObject([{ policy: { concurrency: 6, order: 'none', recordOutcomes: false } }]);
  });

  // prettier-ignore
  it.each([
    ['no options',       undefined,                'size is NaN'],
    ['size 0',           { size: 0 },              'size is 0'],
    ['a fraction',       { size: 1.5 },            'size is 1.5'],
    ['a negative wait',  { size: 1, lingerMs: -1 }, 'lingerMs is -1'],
    ['a stray option',   { size: 1, linger: 3 },   'Did you mean "lingerMs"?'],
    ['isolation',        { size: 1, isolate: 'thread' }, 'nobody reads the option "isolate"'],
  ])('refuses %s at import', (_what, options, message) => {
    const declare = () => {
      class Wrong {
        @HandlesBatch(multiply, options as never) many() {}
      }
      return Wrong;
    };
    expect(declare).toThrow(message);
    expect(declare).toThrow('Wrong.many');
  });
});
