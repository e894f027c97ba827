import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Bury, defineTask, Drop, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { snapshot } from '../fixtures/snapshot.js';

const total = { name: 'total', type: 'int' } as const;
const currency = { name: 'currency', type: 'string', default: 'EUR' } as const;
const base = { name: 'price.quote', queue: 'quotes', input: 'int', retry: { delaysMs: [] } } as const;
const quote = defineTask({ ...base, output: { type: 'record', name: 'Price', fields: [total] } });
/** Of today: its output has one field more, with a default. */
const quoteNow = defineTask({ ...base, output: { type: 'record', name: 'Price', fields: [total, currency] } });
const tell = defineTask({ name: 'price.tell', queue: 'tells', input: 'int' });

@Injectable()
class Then {
  @Handles(quote)
  async quote(n: PayloadOf<typeof quote>, context: TaskContext) {
    if (n === 5) throw new Bury('no price 5');
    if (n === 6) throw new Drop('nobody wants it');
    if (n === 7) await context.enqueue(tell, n);
    if (n === 8) throw new Bury('no price 8');
    return { total: n * 2 };
  }
}

const shadows: boolean[] = [];

@Injectable()
class Now {
  @Handles(quoteNow)
  async quote(n: PayloadOf<typeof quoteNow>, context: TaskContext) {
    shadows.push(context.isShadow);
    if (n === 2) throw new Error('too small');
    if (n === 6) throw new Drop('nobody wants it now');
    if (n === 7) await context.enqueue(tell, n);
    if (n === 8) throw new Bury('no price 80');
    return { total: n === 3 ? 7 : n * 2, currency: 'EUR' };
  }
}

test('a shadow of the past says what a changed handler makes of it, and settles nothing: no commit, no result, no burial, no follow-up, no schema', async () => {
  const cluster = testCluster();
  {
    await using then = await startTestApp({ contracts: [quote, tell], handlers: [Then], cluster });
    const handles = await Promise.all(Array.from({ length: 9 }, (_, n) => then.tasks.enqueue(quote, n)));
    await Promise.allSettled(handles.map((handle) => handle.result()));
    const overview = async () => (await then.admin.overview()).find(({ queue }) => queue === 'quotes')!;
    await until(async () => (await overview()).groups[0]!.lag === 0, { what: 'all are committed' });
  }
  await using outside = await startTestApp({ contracts: [quote, tell], cluster });
  const subject = `${cluster.registryUrl}/subjects/${encodeURIComponent(`${cluster.prefix}price.quote.result-value`)}/versions`;
  const left = async () => ({ ...(await snapshot(outside.road, cluster, ['quotes', 'tells'])), schemas: await (await fetch(subject)).json() }); // prettier-ignore
  const before = await left();

  await using now = await startTestApp({ contracts: [quoteNow, tell], handlers: [Now], cluster, shadow: { queue: 'quotes' } }); // prettier-ignore
  const report = await now.shadowed;

  const counts = { matched: 9, compared: 9, same: 6, different: 1, mended: 1, failed: 1, unknown: 0 };
  expect(report).toEqual({ queue: 'quotes', ...counts, followUps: { 'price.tell': 1 }, examples: expect.anything() });
  const examples = report.examples.map(({ judgement, was, is }) => [judgement, was, is]).sort();
  expect(examples).toEqual([
    ['different', '{"currency":"EUR","total":6}', '{"currency":"EUR","total":7}'],
    ['failed', '{"currency":"EUR","total":4}', 'HANDLER_FAILED: Error: too small'],
    ['mended', 'HANDLER_FAILED: Bury: no price 5', '{"currency":"EUR","total":10}'],
  ]);
  expect(shadows).toEqual(Array(9).fill(true));
  await now.stop();
  expect(await left()).toEqual(before);
}, 60_000);
