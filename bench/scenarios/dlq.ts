import { createEnvelope } from '@sunbeon/core/envelope';
import { HEADER, toHeaders } from '@sunbeon/core/headers';
import type { OutgoingRecord, Road } from '@sunbeon/core/ports';
import { Admin, type DeadLetterQueue, DeadLetters, kafkaRoad, Operator, Produce } from '@sunbeon/kafka';
import { jsonCodec } from '@sunbeon/schema';
import type { Measure } from '../row.ts';
import { noopContract } from '../systems/sunbeon-contract.ts';
import type { Place } from '../systems/system.ts';
import type { Child, Scenario } from './scenario.ts';

const DEAD = 1_000_000;
const BATCH = 500;
const CALLERS = 4;
const KEYS = 5_000;
const IMPORTED = 10_000;
const ERRORS = ['TypeError', 'RangeError', 'FetchError', 'TimeoutError'];
const STACK =
  ['resize (/srv/app/dist/resize.js:41:11)', 'async Images.thumbnail (/srv/app/dist/images.js:20:5)', 'async run (/srv/app/node_modules/@sunbeon/core/dist/run.js:88:20)'] // prettier-ignore
    .map((frame) => `\n    at ${frame}`)
    .join('');

const dlqOf = ({ name }: Place): string => `${name}.noop.dlq`;

interface Hands {
  readonly letters: DeadLetters;
  readonly operator: Operator;
  readonly queue: DeadLetterQueue;
}

function roadTo({ address }: Place): Road {
  return kafkaRoad({ brokers: [address], clientId: 'bench' });
}

async function open(place: Place): Promise<Hands> {
  const road = roadTo(place);
  const prefix = `${place.name}.`;
  const admin = new Admin({ road, contracts: [noopContract({ results: false, order: 'key' } as Place)], prefix });
  const [queue] = await admin.deadLetterQueues('noop');
  const letters = new DeadLetters({ road, admin, codec: jsonCodec() });
  return { letters, operator: new Operator({ road, by: 'bench', prefix }), queue: queue! };
}

/** As a burial leaves it after three attempts: 300 bytes of payload, and four times as much in twenty headers. */
function deadRecord(topic: string, n: number): OutgoingRecord {
  const [atMs, name, key] = [Date.now(), ERRORS[n % ERRORS.length]!, `k${n % KEYS}`];
  const message = `cannot resize photo ${n} of "${key}"`;
  const failed = { atMs, by: 'consumer-1', code: 'HANDLER_FAILED', name, message };
  const history = [1, 2, 3].map((attempt) => ({ attempt, ...failed }));
  const envelope = createEnvelope({ id: `id-${n}`, type: 'noop', source: 'bench', timeMs: atMs, key, contentType: 'application/json', attempt: 3, history }); // prettier-ignore
  const headers = {
    ...toHeaders(envelope),
    [HEADER.dltTopic]: topic.replace(/\.dlq$/, ''),
    [HEADER.dltPartition]: Buffer.alloc(4),
    [HEADER.dltOffset]: Buffer.alloc(8),
    [HEADER.dltTimestamp]: Buffer.alloc(8),
    [HEADER.dltTimestampType]: 'CreateTime',
    [HEADER.dltGroup]: 'noop',
    [HEADER.dltErrorName]: name,
    [HEADER.dltErrorMessage]: message,
    [HEADER.dltStack]: `${name}: ${message}${STACK}`,
    [HEADER.errorCode]: 'HANDLER_FAILED',
    [HEADER.fingerprint]: `00000000000${n % ERRORS.length}`,
  };
  return { topic, key, value: Buffer.from(JSON.stringify({ n, key, pad: 'x'.repeat(270) })), headers };
}

async function bury({ place }: Child, { count }: { readonly count: number }): Promise<void> {
  const road = roadTo(place);
  const topic = dlqOf(place);
  const { partitions } = place;
  await (
    await road.admin()
  ).createTopics([
    { topic, partitions },
    { topic: `${place.name}.noop`, partitions },
  ]);
  const produce = new Produce(await road.producer());
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next = Math.min(next + BATCH, count);
      await produce.send(Array.from({ length: next - from }, (_, i) => deadRecord(topic, from + i)));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** What people do with a DLQ, first what only reads. Each is a process of its own, as a command is. */
const VERBS: Readonly<Record<string, (hands: Hands) => Promise<unknown>>> = {
  'ls, the newest 20': ({ letters }) => letters.list('noop', { limit: 20 }),
  'ls, the newest 20 of a key': ({ letters }) => letters.list('noop', { limit: 20, filter: { key: `k${KEYS - 1}` } }),
  'ls, an id that is not there': ({ letters }) => letters.list('noop', { filter: { id: 'none' } }),
  groups: ({ letters }) => letters.groups('noop'),
  show: ({ letters, queue }) => letters.show(`${queue.dlq}/0/0`),
  'export, a key': ({ letters }) =>
    letters.export('noop', { filter: { key: 'k1' }, write: () => new Promise((taken) => setImmediate(taken)) }),
  'export, all': ({ letters }) => letters.export('noop', { write: () => new Promise((taken) => setImmediate(taken)) }),
  'import, 10,000 lines that lie there already': importAgain,
  'replay, dry run of all': ({ operator, queue }) => operator.replay(queue, { dryRun: true }),
  'replay, one': ({ operator, queue }) => operator.replay(queue, { addresses: [{ partition: 0, offset: 0 }] }),
  'replay, a key': ({ operator, queue }) => operator.replay(queue, { filter: { key: 'k1' } }),
  'discard, a key': ({ operator, queue }) => operator.discard(queue, { filter: { key: 'k2' }, reason: 'bench' }),
  'discard, an error of four': ({ operator, queue }) =>
    operator.discard(queue, { filter: { error: ERRORS[0]! }, reason: 'bench' }),
  'replay, all that is left': ({ operator, queue }) => operator.replay(queue),
  'replay, dry run after it': ({ operator, queue }) => operator.replay(queue, { dryRun: true }),
};

async function importAgain({ letters }: Hands): Promise<unknown> {
  const lines: Buffer[] = [];
  await letters.export('noop', { limit: IMPORTED, write: (text) => void lines.push(Buffer.from(text)) });
  return letters.import({ open: async function* () { yield* lines; } }); // prettier-ignore
}

interface Took {
  readonly seconds: number;
  /** Of the processor, in this process: the rest it waits for the broker, or for its turn on a machine that has other things to do. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

async function verb({ place }: Child, { name }: { readonly name: string }): Promise<Took> {
  const fromMs = performance.now();
  const before = process.cpuUsage();
  await VERBS[name]!(await open(place));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - fromMs) / 1_000;
  return { seconds, cpuSeconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1_000 };
}

export const scenario: Scenario = {
  name: 'dlq',
  what: 'What each command of the DLQ takes on a million buried records of 1.7 KB, 300 bytes of it payload, in a process of its own.',
  needs: ['dlq'],
  parts: { bury, verb },
  async run(stage) {
    const n = stage.scaled(DEAD, 10_000);
    const place = stage.place();
    await stage.run('bury', place, { count: n });
    const rows: Measure[] = [];
    for (const name of Object.keys(VERBS)) {
      const { seconds, cpuSeconds, peakMb } = await stage.run<Took>('verb', place, { name });
      rows.push({ metric: name, value: seconds, unit: 's', n });
      rows.push({ metric: `${name}: CPU`, value: cpuSeconds, unit: 's', n });
      rows.push({ metric: `${name}: RSS, highest`, value: peakMb, unit: 'MB', n });
    }
    return rows;
  },
};
