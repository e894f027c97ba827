import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

class HttpError extends Error {}
class NotFound extends HttpError {}

const fetchPage = defineTask({
  name: 'page.fetch',
  queue: 'pages',
  input: 'string',
  retry: { delaysMs: [50], retryOn: [HttpError, 'ECONNREFUSED'], neverRetryOn: [NotFound] },
});

@Injectable()
class Browser {
  @Handles(fetchPage)
  fetch(url: string): null {
    if (url === 'gone') throw new NotFound('404');
    if (url === 'busy') throw new HttpError('503');
    if (url === 'down') throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) }); // prettier-ignore
    throw new SyntaxError('no page');
  }
}

test('what is retried is told by the class of the error, its code, or that of its cause', async () => {
  await using app = await startTestApp({ contracts: [fetchPage], handlers: [Browser] });
  const ended = collect(app.events, 'attempt.ended');

  const handles = await app.tasks.enqueueMany(fetchPage, ['gone', 'busy', 'down', 'odd']);
  await Promise.allSettled(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  const attempts = handles.map(({ id }) => ended.filter((one) => one.id === id).map(({ verdict }) => verdict));
  expect(attempts).toEqual([['bury'], ['retry', 'bury'], ['retry', 'bury'], ['bury']]);
});
