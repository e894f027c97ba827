import { expect, test } from '@jest/globals';
import { toFailure } from '@sunbeon/core';
import { isMeant } from '@sunbeon/core/matcher';
import { packError, unpack, unpackError, pack } from './parcel.js';

class HttpError extends Error {}
class NotFound extends HttpError {
  readonly code = 'E_GONE';
}

test('an error that a thread threw is still what a policy can name', () => {
  const there = new NotFound('no such page', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });
  const here = toFailure(unpackError(unpack(pack(packError(there))) as ReturnType<typeof packError>));
  for (const word of [NotFound, HttpError, 'E_GONE', 'ECONNRESET', Error]) expect(isMeant(here, [word])).toBe(true);
  expect(isMeant(here, [TypeError])).toBe(false);
  expect(here).toEqual({ ...toFailure(there), kinds: expect.arrayContaining(['NotFound', 'HttpError']) });
});
