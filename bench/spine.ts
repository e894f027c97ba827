// How fast the spine is on this machine: `npm run bench`. Figures of one run compare with each other, not with other machines.
import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTask } from '@sunbeon/core';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { Binding, Message, Transport } from '@sunbeon/core/ports';
import { ensureJars, startKafka } from '@sunbeon/embedded';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { jsonCodec } from '@sunbeon/schema';

const COUNT = 20_000;
const CALLERS = 1_000;
const ROUND_TRIPS = 300;

const noop = defineTask({
  name: 'noop',
  queue: 'noop',
  input: { type: 'record', name: 'Noop', fields: [{ name: 'n', type: 'int' }] },
  output: 'int',
  retry: { delaysMs: [] },
});

interface Row {
  readonly scenario: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly n: number;
}

function message(transport: Transport, n: number, reply: boolean): Message {
  const replyTo = reply ? { replyTo: transport.results.replyTo } : {};
  const envelope = createEnvelope({
    id: randomUUIDv7(),
    type: 'noop',
    source: 'bench',
    timeMs: Date.now(),
    ...replyTo,
  });
  return { contract: noop, payload: { n }, envelope };
}

/** A thousand callers, each awaiting its own call before the next. */
async function enqueueSingle(transport: Transport): Promise<Row> {
  const startedMs = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < COUNT) await transport.send([message(transport, next++, false)]);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return perSecond('enqueue-single', COUNT, startedMs);
}

/** Works off what lies on the queue, with a result record for each. */
async function processWithResult(transport: Transport): Promise<Row> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let done = 0;
  let startedMs = 0;
  const binding: Binding = {
    contract: noop,
    group: undefined,
    policy: noop.policy,
    where: 'bench',
    handle: (payload) => {
      if (done === 0) startedMs = performance.now();
      if (++done === COUNT) resolve();
      return Promise.resolve((payload as { n: number }).n);
    },
  };
  await transport.consume([binding]);
  await promise;
  return perSecond('process-with-result', COUNT, startedMs);
}

async function roundtrip(transport: Transport): Promise<Row[]> {
  const took: number[] = [];
  for (let n = 0; n < ROUND_TRIPS; n++) {
    const one = message(transport, n, true);
    const startedMs = performance.now();
    const result = transport.results.wait(one.envelope.id, { timeoutMs: 10_000 });
    await transport.send([one]);
    await result;
    took.push(performance.now() - startedMs);
  }
  took.sort((a, b) => a - b);
  const at = (q: number): number => Math.round(took[Math.ceil(q * took.length) - 1]! * 10) / 10;
  return [
    { scenario: 'roundtrip', metric: 'p50', value: at(0.5), unit: 'ms', n: ROUND_TRIPS },
    { scenario: 'roundtrip', metric: 'p99', value: at(0.99), unit: 'ms', n: ROUND_TRIPS },
  ];
}

function perSecond(scenario: string, n: number, startedMs: number): Row {
  return {
    scenario,
    metric: 'throughput',
    value: Math.round((n / (performance.now() - startedMs)) * 1_000),
    unit: '1/s',
    n,
  };
}

const dataDir = mkdtempSync(join(tmpdir(), 'sunbeon-bench-'));
const kafka = await startKafka({ dataDir, jars: await ensureJars({ onProgress: console.error }), fullJit: true });
const road = kafkaRoad({ brokers: [kafka.brokers], clientId: 'bench' });
const transport = kafkaTransport({ road, codec: jsonCodec(), contracts: [noop], source: 'bench' });
try {
  await transport.start();
  const rows = [await enqueueSingle(transport), await processWithResult(transport), ...(await roundtrip(transport))];
  console.error(`${cpus().length} cores, Node ${process.version}`);
  console.table(rows);
  console.log(JSON.stringify(rows));
} finally {
  await transport.stop();
  await kafka.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
