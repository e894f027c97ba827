import { describe, expect, it } from '@jest/globals';
import { Bury } from '@sunbeon/core';
import { toHeaders, HEADER } from '@sunbeon/core/headers';
import { createEnvelope } from '@sunbeon/core/envelope';
import { derivedId } from '@sunbeon/core/ids';
import { Consume } from './consume.js';
import { originOf } from './dead-letter.js';
import { type Buried, findBuried, readBuried, rowOf } from './dlq.js';
import { ADD, bindingOf, buildRig, consumeDependencies, incoming, outgoing, pass } from './rig.fake.js';

const QUEUE = { queue: 'math', dlq: 'math.dlq', again: 'math' };
const headers = toHeaders(
  createEnvelope({ id: 'one', type: 'math.add', source: 's', timeMs: 5, key: 'k', attempt: 2 }),
);

/** A cluster on which `values` were buried by a handler that wants none of them. */
async function buried(values: readonly string[]) {
  const rig = await buildRig();
  await rig.producer.send(values.map((value) => outgoing(value, { key: 'k', headers: { ...headers, mine: 'x' } })));
  const handle = () => Promise.reject(new Bury('never'));
  const consume = new Consume(rig.route, consumeDependencies(rig, [bindingOf(ADD, handle)]));
  await consume.start();
  await pass(rig.clock, 1_000);
  await consume.stop();
  const found: Buried[] = [];
  await readBuried(rig.road, [QUEUE], (one) => void found.push(one));
  return { ...rig, found };
}

describe('a buried record', () => {
  it('is listed with who it was, where it lies and why', async () => {
    const { found, clock } = await buried(['1', '2']);
    expect(found.map(({ row }) => row)).toMatchObject([{ offset: 0 }, { offset: 1 }]);
    expect(found[0]!.row).toEqual({
      ...{ queue: 'math', topic: 'math.dlq', partition: 0, offset: 0 },
      ...{ id: 'one', contract: 'math.add', key: 'k', attempts: 2, disposition: 'open' },
      timestamp: new Date(clock.now() - 1_000).toISOString(),
      error: { code: 'HANDLER_FAILED', message: 'never', fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
    });
    expect(found[0]!.record).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('1') });
  });

  it('that somebody else wrote is listed too, with what can be said', () => {
    const row = rowOf(
      'math',
      incoming({ topic: 'math.dlq', offset: 4, key: null, value: null, headers: { odd: 'x' } }),
    );
    const error = { code: 'UNKNOWN', message: '', fingerprint: expect.any(String) };
    expect(row).toMatchObject({ id: null, contract: null, key: null, attempts: 1, offset: 4, error });
  });

  it('has the attempts of its history: what waited in its lane was sent once, and a replay begins again', () => {
    const history = (...attempts: number[]) =>
      JSON.stringify(attempts.map((attempt) => ({ attempt, atMs: 1, by: 'b', code: 'C', name: 'N', message: 'm' })));
    const attempts = (headers: Record<string, string>) => rowOf('math', incoming({ headers })).attempts;
    expect(attempts({ [HEADER.attempt]: '1', [HEADER.history]: history(1, 2, 3) })).toBe(3);
    expect(attempts({ [HEADER.attempt]: '1', [HEADER.history]: history(1, 2, 3, 1) })).toBe(1);
    expect(attempts({ [HEADER.attempt]: '2' })).toBe(2);
  });

  it('is found by its address', async () => {
    const { road } = await buried(['1', '2', '3']);
    expect((await findBuried(road, QUEUE, { partition: 0, offset: 1 })).record.value?.toString()).toBe('2');
    for (const place of [{ partition: 0, offset: 3 }, { partition: 5, offset: 0 }]) {
      await expect(findBuried(road, QUEUE, place)).rejects.toMatchObject({ code: 'DLQ_RECORD_NOT_FOUND', facts: place });
    } // prettier-ignore
  });

  it('is read no further than wanted', async () => {
    const { road } = await buried(['1', '2', '3']);
    let seen = 0;
    await readBuried(road, [QUEUE, QUEUE], () => ++seen === 2);
    expect(seen).toBe(2);
  });

  it('is known by its own id, else by the one that its consumer derived', () => {
    const origin = {
      [HEADER.dltTopic]: 'math',
      [HEADER.dltPartition]: Buffer.from('00000003', 'hex'),
      [HEADER.dltOffset]: Buffer.from('0000000000000007', 'hex'),
      [HEADER.dltTimestamp]: Buffer.from('0000000000000009', 'hex'),
    };
    const idOf = (of: object) => rowOf('math', incoming({ headers: { ...of } })).id;
    expect(idOf({ ...origin, [HEADER.id]: 'mine' })).toBe('mine');
    expect(idOf(origin)).toBe(derivedId(9, 'math', '3', '7'));
    expect(idOf({ ...origin, [HEADER.id]: '' })).toBe(idOf(origin));
    expect(idOf({})).toBeNull();
    expect(originOf({ ...origin, [HEADER.dltOffset]: '7' })).toBeUndefined();
  });
});
