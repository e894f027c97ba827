import { expect, test } from '@jest/globals';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const shop = defineTask({ name: 'shop', queue: 'baskets', input: 'string', output: 'string', retry: { delaysMs: [50] } }); // prettier-ignore

interface Request {
  readonly payload: string;
  readonly context: TaskContext;
}

/** Gathers what belongs to one attempt. */
@Injectable({ scope: Scope.REQUEST })
class Basket {
  readonly items: string[] = [];
  constructor(@Inject(REQUEST) readonly request: Request) {}
}

@Injectable()
class Shop {
  constructor(private readonly basket: Basket) {}

  @Handles(shop)
  shop(item: PayloadOf<typeof shop>, { attempt }: TaskContext): string {
    const { items, request } = this.basket;
    items.push(item);
    if (attempt === 1) throw new Error('the basket tore');
    return `${items.join()} for ${request.payload}, attempt ${request.context.attempt}`;
  }
}

test('each attempt has request-scoped providers of its own, which may inject the request', async () => {
  await using app = await startTestApp({ contracts: [shop], handlers: [Shop, Basket] });

  const handles = await app.tasks.enqueueMany(shop, ['tea', 'milk']);

  const baskets = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(baskets).toEqual(['tea for tea, attempt 2', 'milk for milk, attempt 2']);
});
