import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SunbeonError } from '@sunbeon/core';
import type { Clock } from '@sunbeon/core/ports';
import type { QueueOverview } from '@sunbeon/kafka';
import type { ConsoleAdmin } from './admin.port.js';
import { createConsole } from './console.js';

/** Timers that fire by hand. */
const timers: (() => void)[] = [];
const clock: Clock = {
  now: () => Date.UTC(2026, 10, 21),
  after(_delayMs, fn) {
    timers.push(fn);
    return () => void timers.splice(timers.indexOf(fn), 1);
  },
};

const queue: QueueOverview = {
  queue: 'math',
  topic: 'math',
  kind: 'task',
  contracts: ['math.add'],
  partitions: 3,
  groups: [{ group: 'math', state: 'Stable', members: ['worker-1'], lag: 4, retrying: 2 }],
  total: 10,
  paused: [],
  buried: 1,
};

describe('the console', () => {
  let app: NestFastifyApplication;
  let answer: () => Promise<QueueOverview[]>;

  beforeEach(async () => {
    answer = async () => [queue];
    const admin: ConsoleAdmin = { overview: () => answer(), disconnect: async () => undefined };
    app = await createConsole(admin, clock);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterEach(() => app.close());

  it('gives the overview', async () => {
    const response = await app.inject('/api/overview');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      at: '2026-11-21T00:00:00.000Z',
      queues: [{ ...queue, waiting: 4, retrying: 2 }],
      workers: [{ worker: 'worker-1', processes: 1, groups: ['math'], queues: ['math'] }],
    });
  });

  it.each([
    [new SunbeonError('BROKER_UNREACHABLE', 'No broker answered.'), 503, 'BROKER_UNREACHABLE'],
    [new SunbeonError('TOPIC_MISMATCH', 'Wrong shape.'), 500, 'TOPIC_MISMATCH'],
    [new Error('a secret of the inside'), 500, undefined],
  ])('answers %s as problem+json', async (error, status, code) => {
    answer = () => Promise.reject(error);
    const response = await app.inject('/api/overview');
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ status, ...(code && { code, detail: error.message }) });
    if (code === undefined) expect(response.body).not.toContain('secret');
  });

  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/console.js', 'text/javascript; charset=utf-8'],
    ['/rate.js', 'text/javascript; charset=utf-8'],
    ['/console.css', 'text/css; charset=utf-8'],
    ['/no-such-page', 'application/problem+json'],
  ])('serves %s under the strict policy', async (path, type) => {
    const response = await app.inject(path);
    expect(response.headers['content-type']).toBe(type);
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });

  it('keeps the page free of what the policy forbids', async () => {
    const [page, script] = await Promise.all([app.inject('/'), app.inject('/console.js')]);
    expect(page.body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*src=)/);
    expect(script.body).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
  });

  it('streams what it reads, and what is wrong, under the same policy', async () => {
    const response = await app.inject({ url: '/api/overview/stream', payloadAsStream: true });
    expect(response.headers['content-type']).toBe('text/event-stream');
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    const stream = response.stream();
    let text = '';
    stream.on('data', (chunk) => (text += String(chunk)));
    while (!text.includes('event: overview')) await once(stream, 'data');
    expect(text).toContain('"waiting":4');
    answer = () => Promise.reject(new SunbeonError('BROKER_UNREACHABLE', 'No broker answered.'));
    timers.shift()!();
    while (!text.includes('event: trouble')) await once(stream, 'data');
    expect(text).toContain('data: {"code":"BROKER_UNREACHABLE","message":"No broker answered."}');
  });

  it('stops with streams open', async () => {
    const response = await app.inject({ url: '/api/overview/stream', payloadAsStream: true });
    const ended = once(response.stream().resume(), 'end');
    await app.close();
    await ended;
  });

  it.each(['live', 'ready', 'startup'])('is %s although the broker is not there', async (probe) => {
    answer = () => Promise.reject(new SunbeonError('BROKER_UNREACHABLE', 'No broker answered.'));
    expect((await app.inject(`/health/${probe}`)).statusCode).toBe(200);
  });
});
