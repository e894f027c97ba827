import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES, type ErrorCode, SunbeonError } from '@sunbeon/core';
import { readFile } from 'node:fs/promises';
import { DoorError, HTTP_CODES, type HttpCode, toProblem } from './problem.js';

describe('toProblem', () => {
  it.each(Object.keys(HTTP_CODES) as HttpCode[])('%s is documented', async (code) => {
    const page = await readFile(new URL('../../../docs/reference/http.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`${code}\``);
    expect(toProblem(new DoorError(code, 'x'), '/')).toMatchObject({ status: HTTP_CODES[code], code });
  });

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    '%s has a status, and tells nothing of a fault of the server',
    (code) => {
      const { status, detail } = toProblem(new SunbeonError(code, 'Facts of the house.', { hint: 'Mend it.' }), '/');
      expect(status).toBeGreaterThanOrEqual(400);
      expect(detail === 'Facts of the house.').toBe(status < 500);
    },
  );

  it.each(['BROKER_UNREACHABLE', 'SEND_FAILED', 'BUFFER_FULL', 'DELIVERY_TIMEOUT'] as const)(
    'answers 503 to a send that failed with %s, and says whether it may have happened',
    (code) => {
      const problemOf = (mayHaveHappened: boolean) =>
        toProblem(new SunbeonError(code, 'x', { facts: { mayHaveHappened } }), '/');
      expect(problemOf(false)).toMatchObject({
        status: 503,
        hint: expect.stringMatching(/^Nothing needs to be changed/),
      });
      expect(problemOf(true)).toMatchObject({ status: 503, hint: expect.stringMatching(/may have been sent/) });
    },
  );

  it('answers 503 to whatever may go well later, but for what happens where handlers run or is waited for', () => {
    const retriable = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => ERROR_CODES[code].retriable);
    const others = retriable.filter((code) => toProblem(new SunbeonError(code, 'x'), '/').status !== 503);
    expect(others).toEqual(['HANDLER_FAILED', 'NOTIFY_FAILED', 'RESULT_TIMEOUT', 'THREAD_DIED', 'TIME_LIMIT_EXCEEDED']);
  });
});
