import { describe, expect, it } from '@jest/globals';
import type { TaskContext } from '@sunbeon/core';
import { createEnvelope } from '@sunbeon/core/envelope';
import { Events } from '@sunbeon/core/events';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { Message } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import { kafkaRoad } from './driver.js';
import { ADD, bindingOf, CODEC, eventually, FLOWN } from './rig.fake.js';
import { kafkaTransport } from './transport.js';
import { policyOf } from '@sunbeon/core/policy';

const message = (payload: unknown, id = 'one'): Message => {
  const envelope = createEnvelope({ id, type: 'math.add', source: 's', timeMs: 5, key: 'k', replyTo: 0 });
  return { contract: ADD, payload, envelope };
};

function build(over: object = {}) {
  const road = memoryRoad();
  const transport = kafkaTransport({
    road,
    codec: CODEC,
    contracts: [ADD, FLOWN],
    prefix: 'p.',
    partitions: 2,
    ...over,
  });
  return { road, transport, members: async () => (await (await road.admin()).groups(['p.math']))[0]!.members.length };
}

describe('the transport', () => {
  it('makes its topics, writes a message to its own and has its result', async () => {
    const { road, transport } = build();
    await Promise.all([transport.start(), transport.start()]);
    await transport.consume([bindingOf(ADD, (n) => Promise.resolve((n as number) + 1))]);
    await transport.send([message(1)]);
    expect(await transport.results.wait('one', { timeoutMs: 4_000 })).toMatchObject({ status: 'succeeded', output: 2 });
    const [record] = road.dumpTopic('p.math');
    expect([record!.key?.toString(), headerText(record!.headers, HEADER.contentType)]).toEqual([
      'k',
      'application/json',
    ]);
    expect(transport.health()).toMatchObject([{ group: 'p.math', topics: ['p.math'], assigned: 2 }]);
    await transport.stop();
  });

  it("says what it says where its road's clients say theirs", () => {
    const road = kafkaRoad({ brokers: ['nowhere:1'], clientId: 'test' });
    expect(road.events).toBeInstanceOf(Events);
    expect(build({ road }).transport.events).toBe(road.events);
    const events = new Events();
    expect(build({ road, events }).transport.events).toBe(events);
    expect(kafkaRoad({ brokers: ['nowhere:1'], clientId: 'test', events }).events).toBe(events);
  });

  it('notes what was accepted', async () => {
    const { road, transport } = build();
    await transport.start();
    await transport.noteQueued([message(1)], 'hash');
    expect(road.dumpTopic('p.sunbeon.results')[0]?.headers).toMatchObject({
      [HEADER.status]: Buffer.from('queued'),
      [HEADER.payloadHash]: Buffer.from('hash'),
    });
    await transport.stop();
  });

  it('lets a handler that runs send its follow-ups while it stops', async () => {
    const { road, transport, members } = build();
    await transport.start();
    const go = Promise.withResolvers<void>();
    let running = false;
    const handle = async (n: unknown, { enqueue }: TaskContext): Promise<number> => {
      running = true;
      await go.promise;
      if (n === 1) await enqueue(FLOWN, 'x');
      return 0;
    };
    await transport.consume([bindingOf(ADD, handle)]);
    await transport.send([message(1)]);
    await eventually(() => running, 'the handler');
    const stopped = transport.stop();
    go.resolve();
    await Promise.all([stopped, transport.stop()]);
    expect(road.dumpTopic('p.flown')).toHaveLength(1);
    expect(road.dumpTopic('p.math.dlq')).toEqual([]);
    expect(road.dumpTopic('p.sunbeon.results')).toHaveLength(1);
    expect(await members()).toBe(0);
  });

  it('refuses to be used before its start and after its stop, and may be stopped unstarted', async () => {
    const { transport } = build();
    await expect(transport.send([message(1)])).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await expect(transport.consume([])).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await transport.stop();
    const { transport: other } = build();
    await other.start();
    await other.stop();
    await expect(other.send([message(1)])).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('still reads the retry topics of a policy that was changed', async () => {
    const { road, transport: before } = build();
    await before.start();
    const failing = bindingOf(ADD, () => Promise.reject(new Error('x')), {
      policy: policyOf({ retry: { delaysMs: [50] }, hold: false }, {}, 'test'),
    });
    await before.consume([failing]);
    await before.send([message(1)]);
    await eventually(() => road.dumpTopic('p.math.retry.50ms').length === 1, 'the retry');
    await before.stop();

    const after = kafkaTransport({ road, codec: CODEC, contracts: [ADD, FLOWN], prefix: 'p.', partitions: 2 });
    await after.start();
    await after.consume([bindingOf(ADD, () => Promise.resolve(3))]);
    expect(await after.results.wait('one', { timeoutMs: 4_000 })).toMatchObject({ status: 'succeeded', attempt: 2 });
    await after.stop();
  });

  it('does not begin to consume after its stop', async () => {
    const { transport, members } = build();
    await transport.start();
    const consuming = transport.consume([bindingOf(ADD, () => Promise.resolve(null))]);
    const refused = expect(consuming).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await transport.stop();
    await refused;
    expect(await members()).toBe(0);
  });

  it('refuses to start without its topics when it may not make them', async () => {
    const { transport, road } = build({ topology: 'verify' });
    await expect(transport.start()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await transport.stop();
    expect((await (await road.admin()).listTopics()).size).toBe(0);
  });
});
