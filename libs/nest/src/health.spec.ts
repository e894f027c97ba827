import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { ConsumerHealth } from '@sunbeon/core/ports';
import { add } from './contracts.fake.js';
import { Handles } from './decorators.js';
import { SunbeonHealth } from './health.js';
import { SunbeonHealthModule } from './health.module.js';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

@Injectable()
class Adder {
  @Handles(add) add() {
    return { sum: 0 };
  }
}

const consumer = (facts: Partial<ConsumerHealth>): ConsumerHealth => ({
  group: 'math',
  topics: ['math'],
  assigned: 0,
  isMember: true,
  waiting: 0,
  running: 0,
  overdue: 0,
  pollAgeMs: undefined,
  ...facts,
});

let app: NestFastifyApplication;
let health: SunbeonHealth;
let transport: FakeTransport;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 10_000;
  transport = new FakeTransport();
  const imports = [
    SunbeonModule.forRoot({ transport, clock: { now: () => nowMs } }),
    SunbeonHealthModule.register({ stallMs: 1_000 }),
  ];
  const built = await Test.createTestingModule({ imports, providers: [Adder] }).compile();
  app = built.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  health = app.get(SunbeonHealth);
});

afterEach(() => app.close());

const get = async (probe: string) => {
  const { statusCode, body } = await app.inject({ url: `/health/${probe}` });
  return { statusCode, body: JSON.parse(body) as unknown };
};

describe('health', () => {
  it('with a paused queue: alive and ready, for the process is not ill, and the pause can be seen', async () => {
    const paused = { queue: 'math', state: 'open', reason: 'half fail', by: 'app/1', atMs: 5, untilMs: 6 } as const;
    await app.init();
    transport.consumers = [consumer({ waiting: 9, paused, pollAgeMs: 1 })];
    expect([health.live().ok, health.ready().ok]).toEqual([true, true]);
    expect((await get('ready')).body).toMatchObject({ consumers: [{ waiting: 9, paused }] });
  });

  it('while starting: alive, not ready, not started', () => {
    expect(health.live().ok).toBe(true);
    expect(health.ready()).toMatchObject({ ok: false, problems: ['the application is starting'] });
    expect(health.startup().ok).toBe(false);
  });

  it('is ready when every consumer is in its group, with partitions or without', async () => {
    await app.init();
    expect(health.startup().ok).toBe(true);
    transport.consumers = [consumer({ assigned: 2 }), consumer({ pollAgeMs: 5 })];
    expect(health.ready()).toMatchObject({ ok: true, phase: 'running', problems: [] });
    transport.consumers = [consumer({ assigned: 2 }), consumer({ group: 'late', isMember: false, assigned: 1 })];
    expect(health.ready()).toMatchObject({ ok: false, problems: ['group late is not joined'] });
  });

  it('is alive while every consumer polls; one that never did counts from its start', async () => {
    await app.init();
    transport.consumers = [consumer({ pollAgeMs: 1_000 }), consumer({})];
    nowMs += 1_000;
    expect(health.live().ok).toBe(true);
    nowMs += 1;
    expect(health.live()).toMatchObject({ ok: false, problems: ['group math has not polled for 1001 ms'] });
    transport.consumers = [consumer({ group: 'stuck', pollAgeMs: 1_500, assigned: 1 })];
    expect(health.live().problems).toEqual(['group stuck has not polled for 1500 ms']);
  });

  it('is alive while handlers over their time limit end in the end, and leave a slot', async () => {
    await app.init();
    transport.consumers = [consumer({ pollAgeMs: 0, running: 2, overdue: 1, slots: 2 })];
    const facts = { id: 'i', contract: 'math.add', topic: 'math', partition: 0, offset: 5, group: 'math', attempt: 2 };
    transport.events.emit('handler.overdue', facts);
    nowMs += 1_000;
    expect(health.live().ok).toBe(true);
    nowMs += 1;
    expect(health.live().problems).toEqual(['the handler of math.add i attempt 2 of group math has not ended for 1001 ms after its hard time limit']); // prettier-ignore
    transport.events.emit('handler.ended-late', { ...facts, lateMs: 1_001 });
    expect(health.live().ok).toBe(true);
    transport.consumers = [consumer({ pollAgeMs: 0, running: 2, overdue: 2, slots: 2 })];
    expect(health.live().problems).toEqual(['group math has 2 slots, all with handlers over their time limit']);
  });

  it('is not ready once it stops, but has started', async () => {
    await app.init();
    await app.close();
    expect(health.ready().problems).toEqual(['the application is stopping']);
    expect(health.startup().ok).toBe(true);
  });

  it('answers over HTTP with 200 or 503 and the report', async () => {
    await app.init();
    transport.consumers = [consumer({ assigned: 1, pollAgeMs: 1_500 })];
    expect(await get('ready')).toMatchObject({ statusCode: 200, body: { ok: true, consumers: [{ group: 'math' }] } });
    expect(await get('startup')).toMatchObject({ statusCode: 200 });
    expect(await get('live')).toMatchObject({
      statusCode: 503,
      body: { ok: false, problems: [expect.stringContaining('1500')] },
    });
  });

  it('refuses unknown options and a wrong time', async () => {
    expect(() => SunbeonHealthModule.register({ stalMs: 1 } as never)).toThrow(/Did you mean "stallMs"/);
    const imports = [SunbeonModule.forRoot({ transport }), SunbeonHealthModule.register({ stallMs: -1 })];
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
