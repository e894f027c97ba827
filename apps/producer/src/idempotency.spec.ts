import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import { fakeDoor } from './door.fake.js';
import { markerOf, payloadHash } from './idempotency.js';

describe('Idempotency-Key', () => {
  let door: Awaited<ReturnType<typeof fakeDoor>>;
  beforeEach(async () => {
    door = await fakeDoor();
  });
  afterEach(() => door.app.close());

  const post = (payload: object, key: string) =>
    door.app.inject({ method: 'POST', url: '/tasks/math.add', payload, headers: { 'idempotency-key': key } });

  it('the same key and payload again is answered the same, marked, and not sent', async () => {
    const first = await post({ a: 1, b: 2 }, 'k1');
    const second = await post({ b: 2, a: 1 }, 'k1');
    expect(second.statusCode).toBe(202);
    expect(second.json()).toEqual(first.json());
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers).toMatchObject({ 'idempotency-replayed': 'true', location: first.headers.location });
    expect(door.transport.sent).toHaveLength(1);
  });

  it('a quoted key is the same key', async () => {
    await post({ a: 1 }, 'k1');
    expect((await post({ a: 1 }, '"k1"')).headers['idempotency-replayed']).toBe('true');
  });

  it('the same key with another payload is refused with 422', async () => {
    await post({ a: 1 }, 'k1');
    const response = await post({ a: 2 }, 'k1');
    expect(response.json()).toMatchObject({ status: 422, code: 'IDEMPOTENCY_CONFLICT' });
    expect(door.transport.sent).toHaveLength(1);
  });

  it('what another process accepted is known by its marker, also after the task has ended', async () => {
    await post({ a: 1 }, 'k1');
    const [sent] = door.transport.sent;
    const marker = await door.results.lookup(markerOf(sent!).envelope.id);
    const other = await fakeDoor();
    other.results.publish(marker!);
    other.results.publish({ id: sent!.envelope.id, status: 'succeeded' });
    const ask = (payload: object) =>
      other.app.inject({ method: 'POST', url: '/tasks/math.add', payload, headers: { 'idempotency-key': 'k1' } });
    expect((await ask({ a: 1 })).headers['idempotency-replayed']).toBe('true');
    expect((await ask({ a: 9 })).statusCode).toBe(422);
    expect(other.transport.sent).toEqual([]);
    await other.app.close();
  });

  it('after a crash between send and marker the same key sends the same id', async () => {
    const { id } = (await post({ a: 1 }, 'k1')).json();
    const other = await fakeDoor();
    other.results.publish({ id, status: 'queued' });
    const headers = { 'idempotency-key': 'k1' };
    await other.app.inject({ method: 'POST', url: '/tasks/math.add', payload: { a: 1 }, headers });
    expect(other.transport.sent.map(({ envelope }) => envelope.id)).toEqual([id]);
    await other.app.close();
  });

  it('two at once are sent once', async () => {
    const gate = Promise.withResolvers<void>();
    door.transport.gate = gate.promise;
    const both = [post({ a: 1 }, 'k1'), post({ a: 1 }, 'k1')];
    gate.resolve();
    const replayed = (await Promise.all(both)).map((response) => response.headers['idempotency-replayed']);
    expect(replayed.filter((mark) => mark === 'true')).toHaveLength(1);
    expect(door.transport.sent).toHaveLength(1);
  });

  it('after a failed send the key is free, and gives the same id', async () => {
    door.transport.refuse = new SunbeonError('SEND_FAILED', 'No acknowledgement.');
    expect((await post({ a: 1 }, 'k1')).statusCode).toBe(503);
    door.transport.refuse = undefined;
    const again = await post({ a: 1 }, 'k1');
    expect(again.headers['idempotency-replayed']).toBeUndefined();
    expect(door.transport.sent.map(({ envelope }) => envelope.id)).toEqual([again.json().id]);
  });

  it('answers 202 also when only the marker fails, says so in an event, and remembers the key', async () => {
    const warned: string[] = [];
    door.transport.events.on('client.warned', ({ message }) => warned.push(message));
    door.transport.onSent = () => (door.transport.refuseNote = new SunbeonError('SEND_FAILED', 'No acknowledgement.'));
    const { id } = (await post({ a: 1 }, 'k1')).json();
    expect(warned).toEqual([`task ${id} was accepted but its idempotency key is not noted: No acknowledgement.`]);
    expect((await post({ a: 1 }, 'k1')).headers['idempotency-replayed']).toBe('true');
  });

  it.each(['', 'two words', 'k'.repeat(256)])('refuses the key %j with 400', async (key) => {
    expect((await post({ a: 1 }, key)).json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });
});

describe('payloadHash', () => {
  it('does not depend on the order of fields', () => {
    expect(payloadHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(payloadHash({ b: [{ d: 3, c: 2 }], a: 1 }));
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: Buffer.from('x') }, { a: Buffer.from('x').toString('base64') }],
    [
      [1, [2]],
      [[1], 2],
    ],
    [{ a: null }, {}],
  ])('tells %j from %j', (one, other) => {
    expect(payloadHash(one)).not.toBe(payloadHash(other));
  });
});
