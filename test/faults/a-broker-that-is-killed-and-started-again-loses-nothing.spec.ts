import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { ensureJars, startKafka } from '@sunbeon/embedded';
import { systemClock } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

// eslint-disable-next-line no-restricted-syntax -- not a sleep: the broker is started twice
jest.setTimeout(180_000);

const KEYS = 10;
const input = {
  type: 'record',
  name: 'Step',
  fields: [
    { name: 'walker', type: 'string' },
    { name: 'step', type: 'int' },
  ],
} as const;
const walk = defineTask({ name: 'walk', queue: 'walks', input, output: 'int', key: ({ walker }) => walker });
const ran: PayloadOf<typeof walk>[] = [];

@Injectable()
class Walker {
  @Handles(walk)
  async walk(payload: PayloadOf<typeof walk>): Promise<number> {
    await new Promise<void>((resume) => systemClock.after(2, resume));
    ran.push(payload);
    return payload.step;
  }
}

test('what was acknowledged before and while the broker is killed is run, in order per key, once it is back', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-fault-'));
  const jars = await ensureJars();
  let kafka = await startKafka({ dataDir, jars });
  const { port } = kafka;
  const cluster = { ...testCluster(), brokers: [kafka.brokers] };
  try {
    await using app = await startTestApp({ cluster, contracts: [walk], handlers: [Walker], partitions: 4 });
    let over = false;
    /** One after the other per key, each until it is acknowledged: with the same id. */
    const send = async (key: number): Promise<number> => {
      let step = 0;
      for (; !over; step++) {
        const payload = { walker: `w${key}`, step };
        const id = `${payload.walker}-${step}`;
        while (true) {
          const sent = await app.tasks.enqueue(walk, payload, { id }).then(() => true, () => false); // prettier-ignore
          if (sent) break;
        }
      }
      return step;
    };
    const senders = Array.from({ length: KEYS }, (_, key) => send(key));
    await until(() => ran.length > 300, { what: 'it runs' });

    process.kill(-kafka.pid, 'SIGKILL');
    await kafka.exited;
    await new Promise<void>((resume) => systemClock.after(4_000, resume));
    kafka = await startKafka({ dataDir, jars, port });
    const before = ran.length;
    await until(() => ran.length > before + 300, { what: 'it runs again', timeoutMs: 90_000 });
    over = true;
    const sent = await Promise.all(senders);

    const distinct = () => new Set(ran.map(({ walker, step }) => `${walker}-${step}`)).size;
    const total = sent.reduce((a, b) => a + b, 0);
    await until(() => distinct() === total, { what: 'everything has run', timeoutMs: 60_000 });
    for (let key = 0; key < KEYS; key++) {
      const first = [...new Set(ran.filter(({ walker }) => walker === `w${key}`).map(({ step }) => step))];
      expect(first).toEqual(Array.from({ length: sent[key]! }, (_, step) => step));
    }
  } finally {
    await kafka.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
