import { expect, it } from '@jest/globals';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { Owned, Partitions } from './partitions.js';
import { Pressure } from './pressure.js';

const RECORD = { value: Buffer.from('1') } as IncomingRecord;

it('relief resumes no partition whose offset map is full: that waits for its own room', () => {
  const partitions = new Partitions();
  const { added } = partitions.add([0, 1].map((partition) => ({ topic: 't', partition, committed: undefined })));
  const [full, other] = added as [Owned, Owned];
  const pressure = new Pressure(partitions, { maxWaiting: 2, maxWaitingBytes: 1_000 });
  for (const owned of [full, other, full, other]) pressure.add(owned, RECORD);
  expect([full, other].map((owned) => pressure.isTooMuch(owned))).toEqual([true, true]);
  full.gauge.isFull = true;
  for (const owned of [full, other, full, other]) pressure.remove(owned, RECORD);
  expect(pressure.relieved()).toEqual([other]);
  full.gauge.isFull = false;
  expect([pressure.mayGoOn(full), pressure.relieved()]).toEqual([true, []]);
});
