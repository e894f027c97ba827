import { expect, test } from '@jest/globals';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, type TestApp } from '@sunbeon/testing';

const spin = defineTask({
  name: 'cpu.spin',
  queue: 'cpu',
  input: { type: 'record', name: 'Spin', fields: [{ name: 'ms', type: 'int' }, { name: 'bytes', type: 'bytes' }] }, // prettier-ignore
  output: { type: 'record', name: 'Spun', fields: [{ name: 'thread', type: 'int' }, { name: 'bytes', type: 'bytes' }] }, // prettier-ignore
  key: () => 'one',
  retry: { delaysMs: [] },
});
const quick = defineTask({ name: 'cpu.quick', queue: 'cpu', input: 'int', output: 'int', key: (n) => `k${n}` });

@Injectable()
class Spin {
  @Handles(spin, { isolate: 'thread', timeLimitMs: 4_000, hardTimeLimitMs: 5_000 })
  spin(): never {
    throw new Error('this one runs in a thread');
  }
  @Handles(quick) quick(n: number) {
    return n;
  }
}

const threads = { module: new URL('../fixtures/spin.module.mjs', import.meta.url), size: 1 };
const start = (): Promise<TestApp> => startTestApp({ contracts: [spin, quick], handlers: [Spin], threads });

test('heartbeats, other lanes of its queue and the event loop go on while it computes', async () => {
  await using app = await start();
  let assignments = 0;
  app.events.on('partitions.assigned', () => assignments++);
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  let isSpun = false;
  const spun = (await app.tasks.enqueue(spin, { ms: 3_000, bytes: Buffer.from('ab') })).result();
  void spun.then(() => (isSpun = true));
  for (let n = 0; n < 20; n++) {
    const handle = await app.tasks.enqueue(quick, n);
    expect(await handle.result({ timeoutMs: 5_000 })).toBe(n);
  }
  expect(isSpun).toBe(false);
  const { thread, bytes } = await spun;
  expect([thread > 0, Buffer.isBuffer(bytes), bytes.toString()]).toEqual([true, true, 'ab']);
  expect(app.transport.health()).toMatchObject([{ isMember: true, overdue: 0 }]);
  expect(app.transport.health()[0]!.pollAgeMs).toBeLessThan(1_500);
  expect([assignments, loop.max < 1.5e9]).toEqual([0, true]); // nobody took it for dead
});

test('its hard time limit ends it, and the next of its key runs in a thread of its own', async () => {
  await using app = await start();
  const bytes = Buffer.alloc(0);
  const before = await (await app.tasks.enqueue(spin, { ms: 0, bytes })).result();
  const endless = await app.tasks.enqueue(spin, { ms: 600_000, bytes });
  const next = await app.tasks.enqueue(spin, { ms: 0, bytes });
  await expect(endless.result()).rejects.toMatchObject({
    code: 'TASK_BURIED',
    message: expect.stringContaining('hard limit of 5000 ms') as unknown,
  });
  const after = await next.result();
  expect(after.thread).not.toBe(before.thread);
  const [buried] = await app.buried();
  expect(buried!.record.headers['sunbeon-error-code']!.toString()).toBe('TIME_LIMIT_EXCEEDED');
  expect(app.transport.health()).toMatchObject([{ running: 0, overdue: 0 }]);
});
