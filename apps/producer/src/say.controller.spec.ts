import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import { fakeDoor } from './door.fake.js';

let door: Awaited<ReturnType<typeof fakeDoor>>;
beforeEach(async () => {
  door = await fakeDoor();
});
afterEach(() => door.app.close());

const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
  door.app.inject({
    method: 'POST',
    url,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('POST /tasks/:name', () => {
  it('answers 202 with the id, links and Location once the task is sent', async () => {
    const response = await post('/tasks/math.add', { a: 2, b: 3 });
    const body = response.json();
    expect(response.statusCode).toBe(202);
    const self = `/tasks/${body.id}`;
    const links = { self, result: `${self}/result`, events: `${self}/events` };
    expect(body).toEqual({ id: body.id, status: 'queued', contract: 'math.add', links });
    expect(response.headers.location).toBe(self);
    expect(door.transport.sent[0]).toMatchObject({
      payload: { a: 2, b: 3 },
      envelope: { id: body.id, type: 'math.add', source: 'test-door', replyTo: 3 },
    });
  });

  it('fills in defaults of the schema', async () => {
    await post('/tasks/math.add', { a: 2 });
    expect(door.transport.sent[0]!.payload).toEqual({ a: 2, b: 1 });
  });

  it('notes the accepted task as queued', async () => {
    const { id } = (await post('/tasks/math.add', { a: 2 })).json();
    expect(await door.results.lookup(id)).toMatchObject({ status: 'queued' });
  });

  it('notes before it sends, so that the note cannot follow a result', async () => {
    const gate = Promise.withResolvers<void>();
    door.transport.gate = gate.promise;
    const noted = door.transport.noted();
    const asked = post('/tasks/math.add', { a: 2 });
    const id = await noted;
    expect(door.transport.sent).toEqual([]);
    gate.resolve();
    expect((await asked).json().id).toBe(id);
  });

  it('sends nothing when the note fails', async () => {
    door.transport.refuseNote = new SunbeonError('SEND_FAILED', 'No acknowledgement.');
    expect((await post('/tasks/math.add', { a: 2 })).statusCode).toBe(503);
    expect(door.transport.sent).toEqual([]);
  });

  it('carries the trace context', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await post('/tasks/math.add', { a: 2 }, { traceparent, tracestate: 'vendor=1' });
    expect(door.transport.sent[0]!.envelope).toMatchObject({ traceparent, tracestate: 'vendor=1' });
  });

  it('carries when the task expires', async () => {
    await post('/tasks/math.add?expiresAfterMs=60000', { a: 2 });
    const { deadlineMs, timeMs } = door.transport.sent[0]!.envelope;
    expect(deadlineMs! - timeMs).toBe(60_000);
    for (const wrong of ['0', 'soon', '', '-1', '31536000001', '1&expiresAfterMs=2']) {
      const response = await post(`/tasks/math.add?expiresAfterMs=${wrong}`, { a: 2 });
      expect(response.json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID', errors: [{ field: 'expiresAfterMs' }] }); // prettier-ignore
    }
  });

  it('discards a malformed trace context', async () => {
    await post('/tasks/math.add', { a: 2 }, { traceparent: 'nonsense', tracestate: 'vendor=1' });
    expect(door.transport.sent[0]!.envelope).toMatchObject({ traceparent: undefined, tracestate: undefined });
  });

  it('refuses a payload that does not fit with 422, naming the field', async () => {
    const response = await post('/tasks/math.add', { a: 'two' });
    expect(response.statusCode).toBe(422);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({
      type: 'urn:sunbeon:error:PAYLOAD_INVALID',
      title: 'Cannot be processed',
      status: 422,
      instance: '/tasks/math.add',
      code: 'PAYLOAD_INVALID',
      errors: [{ field: 'a', message: expect.stringContaining('double') }],
    });
    expect(door.transport.sent).toEqual([]);
  });

  it('refuses an unknown task with 404 and did-you-mean', async () => {
    const response = await post('/tasks/math.ad', { a: 2 });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'CONTRACT_UNKNOWN', hint: 'Did you mean "math.add"?' });
  });

  it('refuses a body that is not JSON with 400', async () => {
    const response = await post('/tasks/math.add', '{"a":');
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'BODY_NOT_JSON', errors: [{ message: expect.any(String) }] });
  });

  it('refuses a request without a body with 400', async () => {
    const response = await door.app.inject({ method: 'POST', url: '/tasks/math.add' });
    expect(response.json()).toMatchObject({ status: 400, code: 'BODY_NOT_JSON' });
  });

  it('refuses a body over the limit with 413', async () => {
    const response = await post('/tasks/math.add', { a: 1, x: 'x'.repeat(2_000) });
    expect(response.statusCode).toBe(413);
    expect(response.json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('refuses %s with 415', async (type) => {
    const response = await post('/tasks/math.add', 'a=1', { 'content-type': type });
    expect(response.statusCode).toBe(415);
    expect(response.json()).toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED' });
  });

  it('refuses a compressed body with 415', async () => {
    const response = await post('/tasks/math.add', { a: 1 }, { 'content-encoding': 'gzip' });
    expect(response.json()).toMatchObject({ status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' });
  });

  it.each(['SEND_FAILED', 'DELIVERY_TIMEOUT', 'BUFFER_FULL'] as const)(
    'answers 503 with Retry-After, without addresses: %s',
    async (code) => {
      // prettier-ignore
      door.transport.refuse = new SunbeonError(code, 'kafka-7.internal:9092 did not answer.');
      const response = await post('/tasks/math.add', { a: 2 });
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBe('1');
      expect(response.json()).toMatchObject({ code });
      expect(response.body).not.toContain('kafka-7');
    },
  );

  it('tells nothing of a fault that nobody foresaw', async () => {
    door.transport.refuse = new TypeError('secret of the house');
    const response = await post('/tasks/math.add', { a: 2 });
    expect(response.json()).toMatchObject({ status: 500, code: 'INTERNAL', detail: 'The server failed.' });
    expect(response.body).not.toMatch(/secret|\.ts|\.js/);
  });
});

describe('POST /tasks/:name with many', () => {
  it('sends a JSON array in one go and answers the ids in its order', async () => {
    const response = await post('/tasks/math.add', [{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(response.statusCode).toBe(202);
    expect(door.transport.sends).toEqual([3]);
    const ids = door.transport.sent.map(({ envelope }) => envelope.id);
    expect(response.json()).toMatchObject({
      count: 3,
      tasks: ids.map((id) => ({ id, links: { self: `/tasks/${id}` } })),
    });
  });

  it('takes NDJSON', async () => {
    const response = await post('/tasks/math.add', '{"a":1}\n\n{"a":2}\r\n', {
      'content-type': 'application/x-ndjson',
    });
    expect(response.json()).toMatchObject({ count: 2 });
    expect(door.transport.sent.map(({ payload }) => payload)).toEqual([{ a: 1, b: 1 }, { a: 2, b: 1 }]); // prettier-ignore
  });

  it('sends none when one is invalid, and names it', async () => {
    const response = await post('/tasks/math.add', [{ a: 1 }, { a: 'x' }, {}]);
    expect(response.statusCode).toBe(422);
    expect(response.json().errors).toEqual([
      { index: 1, field: 'a', message: expect.any(String) },
      { index: 2, field: 'a', message: expect.any(String) },
    ]);
    expect(door.transport.sent).toEqual([]);
  });

  it('names the lines of NDJSON that are not JSON', async () => {
    const response = await post('/tasks/math.add', '{"a":1}\n{"a"', { 'content-type': 'application/x-ndjson' });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'BODY_NOT_JSON', errors: [{ index: 1 }] });
  });

  it('refuses an empty batch with 400', async () => {
    expect((await post('/tasks/math.add', [])).json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });

  it('refuses a batch over the limit with 413', async () => {
    expect((await post('/tasks/math.add', Array(6).fill({ a: 1 }))).json()).toMatchObject({ status: 413 });
  });

  it('refuses an idempotency key with 400', async () => {
    const response = await post('/tasks/math.add', [{ a: 1 }], { 'idempotency-key': 'k' });
    expect(response.json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });
});

describe('POST /events/:name', () => {
  it('answers 202 with the id and notes no result', async () => {
    const response = await post('/events/flight.recorded', { origin: 'ICN' });
    const { id } = response.json();
    expect(response.statusCode).toBe(202);
    expect(door.transport.sent[0]).toMatchObject({ envelope: { id, key: 'ICN', replyTo: undefined } });
    expect(await door.results.lookup(id)).toBeUndefined();
  });

  it('publishes many', async () => {
    const response = await post('/events/flight.recorded', [{ origin: 'ICN' }, { origin: 'GMP' }]);
    const ids = door.transport.sent.map(({ envelope }) => ({ id: envelope.id }));
    expect(response.json()).toEqual({ count: 2, events: ids });
  });

  it('says that a task is no event', async () => {
    const response = await post('/events/math.add', { a: 1 });
    expect(response.json()).toMatchObject({ status: 404, hint: '"math.add" is a task.' });
  });
});
