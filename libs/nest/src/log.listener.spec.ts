import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

const place = { id: 'id-1', contract: 'math.add', topic: 'math', partition: 3, offset: 42, group: 'math', attempt: 2 };
const error = { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no\nway\u001b[31m', retriable: true };

async function boot(log: boolean, clock = { now: () => 0 }) {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (message: string, ...rest: unknown[]) => {
      if (rest.at(-1) === 'Sunbeon') lines.push(`${level} ${message}`);
    };
  const logger: LoggerService = {
    log: write('log'),
    warn: write('warn'),
    error: write('error'),
    debug: write('debug'),
  };
  const transport = new FakeTransport();
  const app = await Test.createTestingModule({ imports: [SunbeonModule.forRoot({ transport, log, clock })] })
    .setLogger(logger)
    .compile();
  await app.init();
  return { app, lines, events: transport.events };
}

afterEach(() => Logger.overrideLogger(false));

describe('the log', () => {
  it('says what becomes of those that may have ended their process', async () => {
    const { app, lines, events } = await boot(true);
    events.emit('partitions.careful', { group: 'math', partitions: ['math/3'] });
    events.emit('suspect.found', { ...place, deliveries: 2 });
    events.emit('suspect.cleared', place);
    events.emit('suspect.condemned', { ...place, deliveries: 3, afterMs: 20_000 });
    events.emit('record.left-behind', { ...place, dlq: 'math.dlq' });
    const at = 'math.add id-1 attempt 2 of group math at math-3@42';
    expect(lines).toEqual([
      'warn an owner of group math ended without letting go: math/3',
      `warn runs alone, for 2 processes ended while it ran: ${at}`,
      `log suspected no more: ${at}`,
      `error will be buried in 20000 ms, for 3 processes ended while it ran: ${at}`,
      `error too large for math.dlq, and left until its topic's retention: ${at}`,
    ]);
    await app.close();
  });

  it('has one line for what a person should know, with its place', async () => {
    const { app, lines, events } = await boot(true);
    events.emit('attempt.ended', { ...place, verdict: 'bury', durationMs: 1, error });
    events.emit('attempt.ended', { ...place, verdict: 'retry', durationMs: 1, error });
    events.emit('attempt.ended', { ...place, verdict: 'hold', durationMs: 1 });
    events.emit('attempt.ended', { ...place, verdict: 'drop', durationMs: 1, error });
    events.emit('handler.overdue', place);
    events.emit('handler.ended-late', { ...place, lateMs: 5 });
    events.emit('settle.failed', { ...place, error, tries: 4 });
    events.emit('handler.logged', {
      id: 'id-1',
      contract: 'math.add',
      attempt: 2,
      level: 'warn',
      message: 'hm',
      error,
    });
    events.emit('alert.logged', { channel: 'ops', level: 'warn', message: 'math.add failed' });
    events.emit('notify.failed', { channel: 'mail', error, dropped: 7 });
    events.emit('client.failed', { client: 'consumer math', error, restarting: true });
    events.emit('client.recovered', { client: 'consumer math' });
    events.emit('client.warned', { client: 'producer', message: 'slow' });
    events.emit('commit.failed', { group: 'math', error });
    events.emit('partitions.assigned', { group: 'math', partitions: ['math-0', 'math-1'] });
    events.emit('partitions.revoked', { group: 'math', partitions: [] });
    events.emit('listener.failed', { event: 'attempt.ended', error });
    const pause = { isOwn: true, queue: 'math', by: 'app/1', atMs: 5 };
    events.emit('queue.paused', { ...pause, state: 'open', reason: 'half fail', untilMs: 60_000 });
    events.emit('queue.paused', { ...pause, state: 'half-open', reason: 'half fail', untilMs: 90_000 });
    events.emit('queue.paused', { ...pause, state: 'paused', reason: '', by: '' });
    events.emit('queue.resumed', { ...pause, reason: 'a probe succeeded' });
    events.emit('control.failed', { topic: 'sunbeon.control', error });
    const at = 'math.add id-1 attempt 2 of group math at math-3@42';
    const why = 'HANDLER_FAILED TypeError: no way [31m';
    expect(lines).toEqual([
      `error buried ${at}: ${why}`,
      `warn will retry ${at}: ${why}`,
      `warn on hold ${at}`,
      `debug dropped ${at}: ${why}`,
      `error over its hard time limit and still running: ${at}`,
      `warn ended 5 ms after its hard time limit: ${at}`,
      `error verdict not written, try 4: ${at}: ${why}`,
      `warn math.add id-1 attempt 2: hm: ${why}`,
      'warn ops: math.add failed',
      `error channel mail was not told of 7 failures: ${why}`,
      `error consumer math failed, restarting: ${why}`,
      'log consumer math recovered',
      'warn producer: slow',
      `warn commit failed, group math: ${why}`,
      'debug assigned to group math: math-0 math-1',
      'debug revoked from group math: none',
      `error a listener of "attempt.ended" failed: ${why}`,
      'error queue math is paused until 1970-01-01T00:01:00.000Z: half fail (open, by app/1)',
      'error queue math is probed: half fail (half-open, by app/1)',
      'error queue math is paused: no reason given (paused, by nobody)',
      'log queue math goes on: a probe succeeded (by app/1)',
      `warn control topic sunbeon.control: ${why}; the work goes on`,
    ]);
    await app.close();
  });

  it('says once a minute that commits of a group go on failing', async () => {
    const clock = { now: () => nowMs };
    let nowMs = 0;
    const { app, lines, events } = await boot(true, clock);
    for (; nowMs < 119_000; nowMs += 500) events.emit('commit.failed', { group: 'math', error });
    events.emit('commit.failed', { group: 'mail', error });
    events.emit('commit.failed', { group: 'math', error: { ...error, message: 'another' } });
    const why = 'HANDLER_FAILED TypeError';
    expect(lines).toEqual([
      `warn commit failed, group math: ${why}: no way [31m`,
      `warn commit failed, group math: ${why}: no way [31m`,
      `warn commit failed, group mail: ${why}: no way [31m`,
      `warn commit failed, group math: ${why}: another`,
    ]);
    await app.close();
  });

  it('is silent about what goes well, when it is off, and after the end', async () => {
    const on = await boot(true);
    on.events.emit('attempt.started', place);
    on.events.emit('attempt.ended', { ...place, verdict: 'finish', durationMs: 1 });
    await on.app.close();
    on.events.emit('client.recovered', { client: 'x' });
    const off = await boot(false);
    off.events.emit('client.recovered', { client: 'x' });
    await off.app.close();
    expect([...on.lines, ...off.lines]).toEqual([]);
  });
});
