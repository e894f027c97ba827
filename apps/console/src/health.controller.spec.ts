import { expect, it } from '@jest/globals';
import { HealthController } from './health.controller.js';

it('is alive but not ready while it stops', () => {
  const health = new HealthController();
  expect(health.ready()).toEqual({ status: 'ok' });
  health.onModuleDestroy();
  expect(() => health.ready()).toThrow('The console is stopping.');
  expect(health.live()).toEqual({ status: 'ok' });
});
