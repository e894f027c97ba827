import { expect, it } from '@jest/globals';
import type { QueuePause } from '@sunbeon/core/breaker';
import { encodeMetadata } from './commit-metadata.js';
import { Consume } from './consume.js';
import type { Gate } from './gate.js';
import { at, gate as handlers, Hand, records } from './hand.fake.js';
import { ADD, bindingOf, buildRig, consumeDependencies, ended, eventually, pass } from './rig.fake.js';

const PAUSED: QueuePause = { queue: 'math', state: 'paused', reason: 'r', by: 'ana', atMs: 0 };

/** Opened and shut by hand; notes what it is told. */
class HandGate implements Gate {
  paused: QueuePause | undefined;
  readonly told: string[] = [];
  readonly #open = new Set<object>();
  mayBegin = () => this.paused === undefined;
  began = (work: object) => void this.#open.add(work);
  judged = (work: object, { verdict }: Parameters<Gate['judged']>[1]) =>
    void this.told.push(`${verdict.kind}${this.#open.has(work) ? '' : ' of nobody'}`);
  ended = (work: object) => void this.#open.delete(work);
  whenOpen = () => undefined;
  get under() {
    return this.#open.size;
  }
}

it('nothing begins while a queue is paused, what runs ends, and no more is held in memory than may wait', async () => {
  const { ran, handle, release } = handlers();
  const [rig, hand, gate] = [await buildRig({ partitions: 2 }), new Hand(), new HandGate()];
  const failing = (n: unknown) => handle(n).then((done) => (n === 1 ? Promise.reject(new Error('no')) : done));
  const deps = consumeDependencies(rig, [bindingOf(ADD, failing)], { concurrency: 3, maxWaiting: 4 });
  const consume = new Consume(rig.route, { ...deps, gate, road: { ...rig.road, consumer: () => Promise.resolve(hand) } }); // prettier-ignore
  await consume.start();
  hand.receiver.onAssigned([at(0), at(1)]);
  hand.receiver.onRecords(records(0, 0, 3));
  gate.paused = PAUSED;
  hand.receiver.onRecords(records(0, 3, 5));
  hand.receiver.onRecords(records(1, 0, 1));
  expect([hand.asked, consume.health()]).toEqual([['pause math/0'], expect.objectContaining({ running: 3, waiting: 6, paused: PAUSED })]); // prettier-ignore
  await release(3);
  await eventually(() => gate.under === 0, 'what ran has ended');
  expect([ran, gate.told.toSorted()]).toEqual([
    [0, 1, 2],
    ['finish', 'finish', 'retry'],
  ]);
  expect(rig.road.dumpTopic('math.retry.1s')).toHaveLength(1); // its verdict is settled
  gate.paused = undefined;
  consume.next();
  await eventually(() => ran.length === 6, 'the next ones');
  expect(consume.health()).not.toHaveProperty('paused');
  const stopped = consume.stop();
  await release(3);
  await stopped;
});

it('what is buried unrun, for it ends its process, has ended for the gate too', async () => {
  const [rig, hand, gate] = [await buildRig(), new Hand(), new HandGate()];
  const deps = consumeDependencies(rig, [bindingOf(ADD, () => Promise.resolve(null))], { maxDeliveries: 3 });
  const consume = new Consume(rig.route, { ...deps, gate, road: { ...rig.road, consumer: () => Promise.resolve(hand) } }); // prettier-ignore
  await consume.start();
  const known = new Map([[0, { deliveries: 3, alone: 3, runs: 0 as const }]]);
  const metadata = encodeMetadata(0, [], { reach: undefined, careful: 1, ends: 0, known });
  hand.receiver.onAssigned([{ ...at(0), committed: { offset: 0, metadata } }]);
  hand.receiver.onRecords(records(0, 0, 1));
  await pass(rig.clock, 30_000);
  expect([rig.road.dumpTopic('math.dlq').length, gate.under]).toEqual([1, 0]);
  await ended(rig.clock, consume);
});
