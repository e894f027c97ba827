import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { checkTimeoutsSeldom, everyMs, type RequestQueue } from './timeout-check.js';

interface Queue extends RequestQueue {
  push(request: object): void;
}

const Original = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (o: object) => Queue;
const logger = { debug: () => undefined, warn: () => undefined };

/** A queue with a request that was just sent. */
function queueWith(of: { requestTimeout: number; own?: number; enforceRequestTimeout?: boolean }) {
  let isConnected = true;
  const { own, ...settings } = { enforceRequestTimeout: true, ...of };
  const queue = new Original({ ...settings, logger, clientId: 'c', broker: 'b', isConnected: () => isConnected });
  const failed: string[] = [];
  const entry = { correlationId: 1, reject: (error: Error) => void failed.push(error.name), apiName: 'Commit' };
  queue.push({ entry, expectResponse: true, sendRequest: () => undefined, requestTimeout: own });
  checkTimeoutsSeldom.call(queue);
  return { queue, failed, lose: () => void (isConnected = false) };
}

describe('requests whose time is up', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void jest.useRealTimers());

  it('fail at most a twentieth of it later', () => {
    const { failed, queue } = queueWith({ requestTimeout: 10_000 });
    jest.advanceTimersByTime(10_000);
    expect(failed).toEqual([]);
    jest.advanceTimersByTime(501);
    expect(failed).toEqual(['KafkaJSRequestTimeoutError']);
    queue.destroy();
  });

  it('are looked for at the same moments by all', () => {
    const looks: number[] = [];
    const queues = [0, 130, 270].map((ms) => {
      jest.advanceTimersByTime(ms);
      const { queue } = queueWith({ requestTimeout: 10_000 });
      return Object.assign(queue, { isConnected: () => looks.push(Date.now()) > 0 });
    });
    jest.advanceTimersByTime(500);
    expect(looks).toHaveLength(3);
    expect(new Set(looks).size).toBe(1);
    for (const queue of queues) queue.destroy();
  });

  it('may have more time than others: a join', () => {
    const { failed, queue } = queueWith({ requestTimeout: 1_000, own: 60_000 });
    jest.advanceTimersByTime(59_000);
    expect(failed).toEqual([]);
    jest.advanceTimersByTime(2_000);
    expect(failed).toHaveLength(1);
    queue.destroy();
  });

  it('are looked for no more when the connection is gone, or was ended', () => {
    const { lose } = queueWith({ requestTimeout: 10_000 });
    expect(jest.getTimerCount()).toBe(1);
    lose();
    jest.advanceTimersByTime(500);
    expect(jest.getTimerCount()).toBe(0);
    const { queue } = queueWith({ requestTimeout: 10_000 });
    checkTimeoutsSeldom.call(queue);
    expect(jest.getTimerCount()).toBe(1);
    queue.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are not looked for where none has a time', () => {
    queueWith({ requestTimeout: 10_000, enforceRequestTimeout: false });
    expect(jest.getTimerCount()).toBe(0);
  });
});

it.each([
  [30_000, 1_000],
  [10_000, 500],
  [1_000, 100],
  [50, 50],
])('with %d ms for a request it is looked every %d ms', (requestTimeout, ms) => {
  expect(everyMs(requestTimeout)).toBe(ms);
});
