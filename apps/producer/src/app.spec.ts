import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SunbeonHealth } from '@sunbeon/nest';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fakeDoor } from './door.fake.js';

let door: Awaited<ReturnType<typeof fakeDoor>>;
beforeEach(async () => {
  door = await fakeDoor();
});
afterEach(() => door.app.close());

const get = (url: string) => door.app.inject({ method: 'GET', url });

describe('the door', () => {
  it('lists its contracts', async () => {
    const { contracts } = (await get('/contracts')).json();
    expect(contracts).toMatchObject([
      {
        name: 'math.add',
        kind: 'task',
        queue: 'math',
        href: '/tasks/math.add',
        input: { name: 'Add' },
        output: { name: 'Sum' },
      },
      { name: 'flight.recorded', kind: 'event', topic: 'flight.recorded', ordered: true, input: { name: 'Flight' } },
    ]);
  });

  it('documents each contract with its own path and schema', async () => {
    const document = (await get('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths['/tasks/math.add'].post.requestBody.content['application/json']).toMatchObject({
      schema: {
        oneOf: [
          { title: 'Add', required: ['a'] },
          { type: 'array', items: { title: 'Add' } },
        ],
      },
      example: { a: 1.5, b: 1 },
    });
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/events/flight.recorded',
        '/tasks/{id}',
        '/tasks/{id}/result',
        '/tasks/{id}/events',
        '/contracts',
      ]),
    );
  });

  it('documents only references that lead somewhere', async () => {
    const document = (await get('/openapi.json')).json();
    const refs = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!);
    expect(refs.length).toBeGreaterThan(0);
    expect(refs.filter((name) => document.components.schemas[name] === undefined)).toEqual([]);
  });

  it('serves the documentation page from this machine alone', async () => {
    const response = await get('/docs');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^text\/html/);
    expect(response.body).not.toMatch(/(src|href)="https?:/);
  });

  it.each(['live', 'ready', 'startup'])('answers /health/%s', async (probe) => {
    expect((await get(`/health/${probe}`)).statusCode).toBe(200);
  });

  it('answers a problem where there is nothing', async () => {
    const response = await get('/nowhere?x=1');
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({ code: 'ROUTE_UNKNOWN', instance: '/nowhere' });
  });

  it('answers a problem to an address that cannot be read', async () => {
    const response = await get('/tasks/%zz');
    expect(response.json()).toMatchObject({ status: 400, code: 'REQUEST_REFUSED' });
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('answers a problem to what is not HTTP', async () => {
    await door.app.listen(0, '127.0.0.1');
    const { port } = new URL(await door.app.getUrl());
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('NOT HTTP\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400[^]+application\/problem\+json[^]+REQUEST_REFUSED/);
  });

  it('forbids browsers to guess content types, and allows no other origin', async () => {
    const { headers } = await get('/contracts');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('answers 503 with a problem while it is not ready', async () => {
    const health = door.app.get(SunbeonHealth, { strict: false });
    health.ready = () => ({ ok: false, phase: 'stopping', problems: ['the application is stopping'], consumers: [] });
    const response = await get('/health/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'NOT_READY', errors: [{ message: 'the application is stopping' }] });
  });
});
