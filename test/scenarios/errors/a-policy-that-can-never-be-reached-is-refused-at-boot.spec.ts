import { expect, test } from '@jest/globals';
import { Bank, pay } from '../fixtures/bank.js';
import { startTestApp } from '@sunbeon/testing';

test('a policy that no error can reach is refused at boot, and named', async () => {
  const policies = { pay: { onError: [{ human: true as const }, { retry: { delaysMs: [1_000] } }] } };

  const starting = startTestApp({ contracts: [pay], handlers: [Bank], policies });

  await expect(starting).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  await expect(starting).rejects.toThrow(/onError\[1\] can never be reached: "human" before it takes every error/);
});
