import { describe, expect, it } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { findBuried, Operator } from '@sunbeon/kafka';
import { jsonCodec, jsonSafe } from '@sunbeon/schema';
import { memoryRoad } from '@sunbeon/testing';

const ship = defineTask({
  name: 'order.ship',
  queue: 'orders',
  input: {
    type: 'record',
    name: 'Ship',
    fields: [
      { name: 'customer', type: 'string' },
      { name: 'grams', type: 'long' },
      { name: 'label', type: 'bytes', default: '' },
    ],
  },
  key: ({ customer }) => customer,
});
const QUEUE = { queue: 'orders', dlq: 'orders.dlq', again: 'orders' };

/** What the edit of a record buried with this payload would send. */
async function edit(
  payload: unknown,
  change: Parameters<Operator['edit']>[2]['change'],
  over: Partial<OutgoingRecord> = {},
) {
  const road = memoryRoad({ topics: { orders: 1, 'orders.dlq': 1 } });
  const value = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const headers = { ce_type: 'order.ship', ce_subject: 'ada' };
  await (await road.producer()).send([{ topic: 'orders.dlq', key: 'ada', value, headers, ...over }]);
  const { record } = await findBuried(road, QUEUE, { partition: 0, offset: 0 });
  const deps = { codec: jsonCodec(), contracts: [ship], toJson: jsonSafe };
  return new Operator({ road, by: 'ada' }).edit(QUEUE, record, { ...deps, change, dryRun: true });
}

type Change = Parameters<typeof edit>[1];

describe('an edit', () => {
  it('changes the fields it names, and keeps the others with their exact numbers and bytes', async () => {
    const payload = { customer: 'ada', grams: 2 ** 53 - 2, label: 'AAE=' };
    const { differences, record } = await edit(payload, { set: [['label', 'AAI=']] });
    expect(differences).toEqual([{ path: 'label', before: 'AAE=', after: 'AAI=' }]);
    expect(JSON.parse(record.value!.toString())).toEqual({ ...payload, label: 'AAI=' });
    expect(record.key?.toString()).toBe('ada');
  });

  it('moves the record to another lane where its key is made of what is changed', async () => {
    const payload = { customer: 'ada', grams: 1 };
    const { record } = await edit(payload, { set: [['customer', 'grace']] });
    expect([record.key?.toString(), record.headers['ce_subject']?.toString()]).toEqual(['grace', 'grace']);
    const chosen = await edit(payload, { set: [['customer', 'grace']] }, { key: "the sender's" });
    expect(chosen.record.key?.toString()).toBe("the sender's");
  });

  it('mends what does not fit its contract', async () => {
    const { differences } = await edit({ customer: 'ada', grams: 'many' }, { set: [['grams', 7]] });
    expect(differences).toContainEqual({ path: 'grams', before: 'many', after: 7 });
  });

  it('replaces what nobody can read, by a whole payload only', async () => {
    await expect(edit('{', { set: [['grams', 7]] })).rejects.toMatchObject({ code: 'PAYLOAD_INVALID', hint: expect.stringContaining('--payload') }); // prettier-ignore
    const { differences } = await edit('{', { payload: { customer: 'ada', grams: 7 } });
    expect(differences).toEqual([{ path: '', before: undefined, after: { customer: 'ada', grams: 7, label: '' } }]);
    const none = edit('', { payload: { customer: 'ada', grams: 7 } }, { value: null });
    expect((await none).record.value?.toString()).toContain('ada');
  });

  it.each([
    [{ set: [['grams', 'x']] }, 'PAYLOAD_INVALID', { field: 'grams' }],
    [{ set: [['gramms', 1]] }, 'PAYLOAD_INVALID', { field: 'gramms' }],
    [{ set: [['customer.name', 1]] }, 'PAYLOAD_INVALID', { field: 'customer.name' }],
    [{ payload: null }, 'PAYLOAD_INVALID', {}],
    [{ set: [['grams', 1]] }, 'OPTION_INVALID', { address: 'orders.dlq/0/0' }],
  ] as [Change, string, object][])('%j is refused with %s', async (change, code, facts) => {
    await expect(edit({ customer: 'ada', grams: 1 }, change)).rejects.toMatchObject({ code, facts });
  });

  it('of a number that a double cannot hold is refused, and not rounded', async () => {
    const big = '{"customer":"ada","grams":9007199254740993}';
    await expect(edit(big, { set: [['customer', 'x']] })).rejects.toMatchObject({ code: 'PAYLOAD_INVALID', facts: { field: 'grams' } }); // prettier-ignore
  });

  it('knows the contract of a record that names none by its queue, and refuses one that nobody knows', async () => {
    const { record } = await edit({ customer: 'ada', grams: 1 }, { set: [['grams', 2]] }, { headers: {} });
    expect(record.value?.toString()).toContain('"grams":2');
    const stranger = edit({}, { payload: {} }, { headers: { ce_type: 'order.shop' } });
    await expect(stranger).rejects.toMatchObject({ code: 'CONTRACT_UNKNOWN', hint: 'Did you mean "order.ship"?' });
  });
});
