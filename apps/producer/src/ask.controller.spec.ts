import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeDoor } from './door.fake.js';
import { HEARTBEAT_MS } from './sse.js';
import { WaitingRoom } from './waiting.js';

let door: Awaited<ReturnType<typeof fakeDoor>>;
beforeEach(async () => {
  door = await fakeDoor();
});
afterEach(() => door.app.close());

const get = (url: string, headers: Record<string, string> = {}) => door.app.inject({ method: 'GET', url, headers });

describe('GET /tasks/:id', () => {
  it('answers the status document, times in ISO 8601, bytes in base64', async () => {
    door.results.publish({ id: 't1', status: 'succeeded', attempt: 2, output: { sum: 3, bytes: Buffer.from('hi') } });
    const response = await get('/tasks/t1');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      id: 't1',
      contract: 'math.add',
      status: 'succeeded',
      attempt: 2,
      sentAt: '1970-01-01T00:00:01.000Z',
      updatedAt: '1970-01-01T00:00:02.000Z',
      output: { sum: 3, bytes: 'aGk=' },
      links: { self: '/tasks/t1', result: '/tasks/t1/result', events: '/tasks/t1/events' },
    });
  });

  it('tells the error of a buried task, without a stack', async () => {
    const error = { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no', stack: 'at /srv/app' };
    door.results.publish({ id: 't1', status: 'buried', error });
    expect((await get('/tasks/t1')).json().error).toEqual({ code: 'HANDLER_FAILED', name: 'TypeError', message: 'no' });
  });

  it('answers 404 for an id that nobody knows', async () => {
    expect((await get('/tasks/t1')).json()).toMatchObject({
      status: 404,
      code: 'RESULT_UNKNOWN',
      instance: '/tasks/t1',
    });
  });

  it.each(['/tasks/a%20b', `/tasks/${'x'.repeat(201)}`, '/tasks/-x'])('refuses %s with 400', async (url) => {
    expect((await get(url)).json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });
});

describe('GET /tasks/:id/result', () => {
  it('answers 200 at once when the task has ended', async () => {
    door.results.publish({ id: 't1', status: 'succeeded', output: { sum: 3 } });
    const response = await get('/tasks/t1/result?waitMs=60000');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ status: 'succeeded', output: { sum: 3 } });
  });

  it('answers 200 when the result comes in time', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = get('/tasks/t1/result?waitMs=5000');
    await door.results.watched('t1');
    door.results.publish({ id: 't1', status: 'retrying' });
    door.results.publish({ id: 't1', status: 'succeeded', attempt: 2 });
    expect((await asked).json()).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(door.results.watching('t1')).toBe(0);
  });

  it('answers 202 with Retry-After when the time is up', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = get('/tasks/t1/result?waitMs=5000');
    await door.results.watched('t1');
    await door.clock.advance(5_000);
    const response = await asked;
    expect(response.statusCode).toBe(202);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ id: 't1', status: 'queued' });
  });

  it('answers 202 at once without waitMs', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    expect((await get('/tasks/t1/result')).statusCode).toBe(202);
  });

  it('waits for an unknown id, which may become known', async () => {
    const asked = get('/tasks/t1/result?waitMs=5000');
    await door.results.watched('t1');
    door.results.publish({ id: 't1', status: 'succeeded' });
    expect((await asked).statusCode).toBe(200);
  });

  it('answers 404 when an id stays unknown', async () => {
    const asked = get('/tasks/t1/result?waitMs=5000');
    await door.results.watched('t1');
    await door.clock.advance(5_000);
    expect((await asked).json()).toMatchObject({ status: 404, code: 'RESULT_UNKNOWN' });
  });

  it('a late "queued" does not hide the result', async () => {
    const asked = get('/tasks/t1/result?waitMs=5000');
    await door.results.watched('t1');
    door.results.publish({ id: 't1', status: 'succeeded' });
    door.results.publish({ id: 't1', status: 'queued' });
    expect((await asked).json()).toMatchObject({ status: 'succeeded' });
  });

  it.each(['-1', '60001', 'soon', '1.5', ''])('refuses waitMs=%s with 400', async (waitMs) => {
    expect((await get(`/tasks/t1/result?waitMs=${waitMs}`)).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'waitMs' }],
    });
  });

  it('answers 503 when too many wait already, and takes them again afterwards', async () => {
    const waiting = [get('/tasks/t1/result?waitMs=5000'), get('/tasks/t2/result?waitMs=5000')];
    await Promise.all([door.results.watched('t1'), door.results.watched('t2')]);
    const refused = await get('/tasks/t3/result?waitMs=5000');
    expect(refused.json()).toMatchObject({ status: 503, code: 'TOO_MANY_WAITERS' });
    expect(refused.headers['retry-after']).toBe('1');
    await door.clock.advance(5_000);
    await Promise.all(waiting);
    expect((await get('/tasks/t3/result')).statusCode).toBe(404);
  });

  it('a client that leaves frees its place', async () => {
    await door.app.listen(0, '127.0.0.1');
    const client = new AbortController();
    const asked = fetch(`${await door.app.getUrl()}/tasks/t1/result?waitMs=60000`, { signal: client.signal });
    await door.results.watched('t1');
    const left = door.results.unwatched('t1');
    client.abort();
    await expect(asked).rejects.toThrow('aborted');
    await left;
    expect(door.results.watching('t1')).toBe(0);
  });

  it('a shutdown answers who waits', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = [get('/tasks/t1/result?waitMs=60000'), get('/tasks/t2/result?waitMs=60000')];
    await Promise.all([door.results.watched('t1'), door.results.watched('t2')]);
    await door.app.close();
    const [known, unknown] = await Promise.all(asked);
    expect(known!.statusCode).toBe(202);
    expect(unknown!.json()).toMatchObject({ status: 503, code: 'NOT_RUNNING' });
    expect(door.transport.stopped).toBe(true);
  });
});

describe('GET /tasks/:id/events', () => {
  it('tells every status until the final one, then ends', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = get('/tasks/t1/events');
    await door.results.watched('t1');
    door.results.publish({ id: 't1', status: 'retrying' });
    door.results.publish({ id: 't1', status: 'succeeded', attempt: 2, output: { sum: 3 } });
    const response = await asked;
    expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(framesOf(response.body)).toMatchObject([
      { id: '1-queued', event: 'status', data: { status: 'queued' } },
      { id: '1-retrying', event: 'status', data: { status: 'retrying' } },
      { id: '2-succeeded', event: 'status', data: { status: 'succeeded', output: { sum: 3 } } },
    ]);
    expect(door.results.watching('t1')).toBe(0);
  });

  it('tells a status once, however often it is heard', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = get('/tasks/t1/events');
    await door.results.watched('t1');
    door.results.publish({ id: 't1', status: 'queued' });
    door.results.publish({ id: 't1', status: 'dropped' });
    expect(framesOf((await asked).body).map((frame) => frame.id)).toEqual(['1-queued', '1-dropped']);
  });

  it('sends a comment every 15 s', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = get('/tasks/t1/events');
    await door.results.watched('t1');
    await door.clock.advance(HEARTBEAT_MS);
    await door.clock.advance(HEARTBEAT_MS);
    door.results.publish({ id: 't1', status: 'succeeded' });
    expect((await asked).body.match(/^: /gm)).toHaveLength(2);
  });

  it('answers 204 to a client that has seen the end', async () => {
    door.results.publish({ id: 't1', status: 'succeeded' });
    expect((await get('/tasks/t1/events', { 'last-event-id': '1-succeeded' })).statusCode).toBe(204);
  });

  it('answers 404 for an id that nobody knows', async () => {
    expect((await get('/tasks/t1/events')).json()).toMatchObject({ status: 404, code: 'RESULT_UNKNOWN' });
  });

  it('frees its place at the end', async () => {
    door.results.publish({ id: 't1', status: 'succeeded' });
    for (let i = 0; i < 5; i++) expect((await get('/tasks/t1/events')).statusCode).toBe(200);
  });

  it('a client that leaves frees its place', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    await door.app.listen(0, '127.0.0.1');
    const client = new AbortController();
    const response = await fetch(`${await door.app.getUrl()}/tasks/t1/events`, { signal: client.signal });
    const left = door.results.unwatched('t1');
    client.abort();
    await expect(response.text()).rejects.toThrow('aborted');
    await left;
    expect(door.app.get(WaitingRoom).size).toBe(0);
  });

  it('a HEAD takes no place', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    expect((await door.app.inject({ method: 'HEAD', url: '/tasks/t1/events' })).statusCode).toBe(404);
    expect(door.results.watching('t1')).toBe(0);
  });

  it('ends on shutdown, politely', async () => {
    door.results.publish({ id: 't1', status: 'queued' });
    const asked = get('/tasks/t1/events');
    await door.results.watched('t1');
    await door.app.close();
    const response = await asked;
    expect(response.body).toMatch(/^retry: 1000\n\n/);
    expect(framesOf(response.body).map((frame) => frame.id)).toEqual(['1-queued']);
  });
});

function framesOf(body: string): { id: string; event: string; data: Record<string, unknown> }[] {
  return [...body.matchAll(/^id: (.+)\nevent: (.+)\ndata: (.+)\n\n/gm)].map(([, id, event, data]) => ({
    id: id!,
    event: event!,
    data: JSON.parse(data!) as Record<string, unknown>,
  }));
}
