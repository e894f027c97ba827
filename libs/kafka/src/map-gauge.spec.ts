import { describe, expect, test } from '@jest/globals';
import { Ledger } from '@sunbeon/core/ledger';
import fc from 'fast-check';
import { MapGauge } from './map-gauge.js';
import { encodeOffsetMap, MAX_METADATA, offsetMapSize } from './offset-map.js';

const sizeOf = (ledger: Ledger): number => offsetMapSize(ledger.committable!, ledger.finishedAbove());

/** Every `step`th offset stays open; batches as a fetch brings them, as long as it is not full. */
function fill(ledger: Ledger, gauge: MapGauge, { step, upTo }: { readonly step: number; readonly upTo: number }): void {
  for (let from = 0; from < upTo && !gauge.isFull; from += 500) {
    for (let offset = from; offset < from + 500; offset++) ledger.note(offset);
    for (let offset = from; offset < from + 500; offset++) {
      if (offset % step === 0) continue;
      ledger.finish(offset);
      gauge.finished();
    }
  }
}

describe('a partition whose map grows', () => {
  test('is full before the map is larger than Kafka takes, and not before it is three quarters of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1_500 }), (step) => {
        const ledger = new Ledger();
        const gauge = new MapGauge(ledger);
        fill(ledger, gauge, { step, upTo: 3_000_000 });
        expect(gauge.isFull).toBe(true);
        expect(sizeOf(ledger)).toBeLessThanOrEqual(MAX_METADATA);
        expect(sizeOf(ledger)).toBeGreaterThan(MAX_METADATA * 0.74);
      }),
      { numRuns: 8 },
    );
  });

  test('is not full because of many that wait in a row, nor of one that is open for ever', () => {
    const ledger = new Ledger();
    const gauge = new MapGauge(ledger);
    for (let offset = 0; offset < 300_000; offset++) ledger.note(offset);
    for (let offset = 1; offset < 290_000; offset++) {
      ledger.finish(offset);
      gauge.finished();
    }
    expect([gauge.isFull, ledger.open]).toEqual([false, 10_001]);
    expect(encodeOffsetMap(0, ledger.finishedAbove()).length).toBeLessThan(20);
  });

  test('is free again below half of it, in whatever order the rest ends, with nothing new coming', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 900 }), fc.infiniteStream(fc.nat()), (step, chance) => {
        const ledger = new Ledger();
        const gauge = new MapGauge(ledger);
        fill(ledger, gauge, { step, upTo: 3_000_000 });
        const open = Array.from({ length: Math.ceil((ledger.highest + 1) / step) }, (_, i) => i * step);
        let wasFull = gauge.isFull;
        while (open.length > 0) {
          const [offset] = open.splice(chance.next().value % open.length, 1);
          ledger.finish(offset!);
          const changed = gauge.finished();
          expect(changed).toBe(wasFull !== gauge.isFull);
          if (wasFull && !gauge.isFull) expect(sizeOf(ledger)).toBeLessThan(MAX_METADATA / 2);
          wasFull = gauge.isFull;
        }
        expect(gauge.isFull).toBe(false);
      }),
      { numRuns: 8 },
    );
  });

  test('costs next to nothing for each finished offset', () => {
    const ledger = new Ledger();
    const gauge = new MapGauge(ledger);
    let walks = 0;
    const finishedAbove = ledger.finishedAbove.bind(ledger);
    ledger.finishedAbove = () => (walks++, finishedAbove());
    for (let offset = 0; offset < 500_000; offset++) {
      ledger.note(offset);
      if (offset % 1_000 === 0) continue; // 500 stay open
      ledger.finish(offset);
      gauge.finished();
    }
    expect(gauge.isFull).toBe(false);
    expect(walks).toBeLessThan(2_000);
  });
});

test('a partition taken over with a full map is read on: only that makes it smaller', () => {
  const finished = Array.from({ length: 1_500 }, (_, i) => ({ from: i * 1_000 + 1, to: (i + 1) * 1_000 }));
  const ledger = new Ledger({ offset: 0, finished });
  const gauge = new MapGauge(ledger);
  for (let offset = 0; offset < 100_000; offset++) {
    if (ledger.note(offset) === 'finished') gauge.finished();
  }
  expect([gauge.isFull, ledger.open]).toEqual([false, 100]);
});
