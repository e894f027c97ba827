import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { Message } from '@sunbeon/core/ports';
import { ensureJars, startCluster } from '@sunbeon/embedded';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { jsonCodec } from '@sunbeon/schema';

const note = defineTask({ name: 'note', queue: 'notes', input: 'string', retry: { delaysMs: [] } });
/** Each partition is on one broker only: without it nobody leads. */
const ONE_COPY = { 'default.replication.factor': 1, 'min.insync.replicas': 1, 'broker.session.timeout.ms': 3_000 };
const KEYS = Array.from({ length: 30 }, (_, n) => `key-${n}`);

test('with a broker away, tasks of partitions that others lead are sent, and those of its own say that they are not', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-no-leader-'));
  await using cluster = await startCluster({ dataDir, jars: await ensureJars(), brokers: 3, overrides: ONE_COPY });
  const road = kafkaRoad({ brokers: cluster.brokers, clientId: 'notes' });
  const transport = kafkaTransport({ road, codec: jsonCodec(), contracts: [note], partitions: 6, source: 'spec' });
  const send = (round: number) => Promise.allSettled(KEYS.map((key) => transport.send([message(key, round)])));
  try {
    await transport.start();
    expect(rejected(await send(1))).toEqual([]);
    const away = cluster.nodes[2]!;
    await away.kill();
    const failures = rejected(await send(2));
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThan(KEYS.length);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['SEND_FAILED']));
    await away.start();
    expect(rejected(await send(3))).toEqual([]);
  } finally {
    await transport.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

function message(key: string, round: number): Message {
  const envelope = createEnvelope({ id: `${key}-${round}`, type: note.name, source: 'spec', timeMs: Date.now(), key });
  return { contract: note, payload: key, envelope };
}

function rejected(sent: readonly PromiseSettledResult<unknown>[]): { code: string }[] {
  return sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as { code: string }] : []));
}
