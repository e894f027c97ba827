import { describe, expect, it } from '@jest/globals';
import { memoryRoad } from '@sunbeon/testing';
import { breakerOf, resolveOptions, type TransportOptions } from './options.js';
import { ADD, CODEC } from './rig.fake.js';

const NEEDED: TransportOptions = { road: memoryRoad(), codec: CODEC, contracts: [ADD] };
const given = (over: object) => () => resolveOptions({ ...NEEDED, ...over });

describe('the options of the transport', () => {
  it('have defaults for all but road, codec and contracts', () => {
    const { road, codec, contracts, ...rest } = resolveOptions(NEEDED);
    expect([road, codec, contracts]).toEqual([NEEDED.road, CODEC, [ADD]]);
    expect(rest).toMatchObject({
      source: 'sunbeon',
      prefix: '',
      topology: 'apply',
      partitions: 8,
      produce: {},
      middlewares: [],
    });
    expect(rest.consume).toMatchObject({
      concurrency: 100,
      maxWaiting: 10_000,
      intervalMs: 500,
      drainTimeoutMs: 25_000,
      maxDeliveries: 3,
    });
    expect(rest.results).toMatchObject({ follow: 'own' });
  });

  it('are taken as given', () => {
    const over = {
      consume: { concurrency: 3 },
      results: { follow: 'all' },
      prefix: 'team.',
      topology: 'verify',
      partitions: 2,
    };
    const resolved = given(over)();
    expect(resolved).toMatchObject(over);
    expect(resolved.consume.maxWaiting).toBe(10_000);
  });

  it.each([
    [{ topolgy: 'apply' }, 'topolgy', 'topology'],
    [{ consume: { concurency: 1 } }, 'concurency', 'concurrency'],
    [{ consume: { breaker: { windowMS: 1 } } }, 'windowMS', 'windowMs'],
    [{ consume: { queues: { math: { braker: false } } } }, 'braker', 'breaker'],
    [{ consume: { queues: { math: { breaker: { probe: 1 } } } } }, 'probe', 'probes'],
    [{ produce: { maxBatchByte: 1 } }, 'maxBatchByte', 'maxBatchBytes'],
    [{ results: { folow: 'all' } }, 'folow', 'follow'],
  ])('%j is refused with a hint', (over, unknown, meant) => {
    expect(given(over)).toThrow(expect.objectContaining({ code: 'OPTION_UNKNOWN', facts: expect.objectContaining({ option: unknown }) })); // prettier-ignore
    expect(given(over)).toThrow(`Did you mean "${meant}"?`);
  });

  it.each([
    [{ partitions: 0 }, 'partitions is 0'],
    [{ partitions: 1.5 }, 'partitions is 1.5'],
    [{ consume: { concurrency: -1 } }, 'concurrency is -1'],
    [{ consume: { drainTimeoutMs: NaN } }, 'drainTimeoutMs is NaN'],
    [{ consume: { maxWaiting: '5' } }, 'maxWaiting is 5'],
    [{ consume: { breaker: true } }, 'consume.breaker is true. Give its options, or false.'],
    [{ consume: { breaker: { failureRatio: 0 } } }, 'consume.breaker.failureRatio is 0'],
    [{ consume: { breaker: { minAttempts: 0.5 } } }, 'consume.breaker.minAttempts is 0.5'],
    [
      { consume: { breaker: { pauseMs: 9_000, maxPauseMs: 8_000 } } },
      'maxPauseMs is 8000. Give whole milliseconds from pauseMs, which is 9000',
    ],
    [{ consume: { queues: { math: { breaker: { probes: -1 } } } } }, 'consume.queues["math"].breaker.probes is -1'],
    [
      { consume: { maxDeliveries: -1 } },
      'consume.maxDeliveries is -1. Give a whole number from 0 (nobody counts) to 15.',
    ],
    [{ consume: { maxDeliveries: Infinity } }, 'consume.maxDeliveries is Infinity'],
    [{ consume: { maxDeliveries: 16 } }, 'consume.maxDeliveries is 16'],
    [{ produce: { maxRecordBytes: Infinity } }, 'maxRecordBytes is Infinity'],
    [{ produce: { whenFull: 'drop' } }, 'produce.whenFull is drop. Give one of wait, fail.'],
    [{ produce: { maxLingerMs: 6 } }, 'produce.maxLingerMs is 6. Give a whole number from 0 to 5.'],
    [{ produce: { deliveryTimeoutMs: 0 } }, 'deliveryTimeoutMs is 0'],
    [{ results: { maxCached: 0 } }, 'maxCached is 0'],
    [{ results: { follow: 'mine' } }, 'follow is mine. Give one of own, all, none.'],
    [{ topology: 'create' }, 'topology is create. Give one of apply, verify.'],
    [{ prefix: 'a b' }, 'prefix is a b'],
    [{ prefix: 'x'.repeat(61) }, 'prefix is xxx'],
  ])('%j is refused, naming what it got', (over, message) => {
    expect(given(over)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    expect(given(over)).toThrow(message);
  });
});

describe('the breaker of a queue', () => {
  const of = (consume: object) => breakerOf(resolveOptions({ ...NEEDED, consume }).consume, 'math');

  it('is on by default, with numbers that a healthy queue never sees', () => {
    expect(of({})).toMatchObject({ failureRatio: 0.5, minAttempts: 100, maxBuries: 1_000, windowMs: 60_000 });
  });

  it("is the queue's own where it says so, else that of all", () => {
    const breaker = { minAttempts: 7, probes: 2 };
    expect(of({ breaker, queues: { math: { breaker: { probes: 9 } } } })).toMatchObject({ minAttempts: 7, probes: 9 });
    expect(of({ breaker, queues: { math: { concurrency: 1 } } })).toMatchObject({ minAttempts: 7, probes: 2 });
    expect(of({ breaker: false, queues: {} })).toBe(false);
    expect(of({ breaker: false, queues: { math: { breaker: { probes: 1 } } } })).toMatchObject({ probes: 1 });
    expect(of({ queues: { math: { breaker: false } } })).toBe(false);
  });
});
