import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { SunbeonControl } from './control.js';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

it('concurrency can be changed while the application runs', async () => {
  const transport = new FakeTransport();
  const app = await Test.createTestingModule({ imports: [SunbeonModule.forRoot({ transport })] }).compile();
  const limits = { total: 9, queues: { math: 2 }, contracts: { 'math.add': 1 } };
  app.get(SunbeonControl).setConcurrency(limits);
  expect(transport.limits).toEqual([limits]);
});
