import { describe, expect, jest, test } from '@jest/globals';
import { Events, type SunbeonEvents } from './events.js';

const WARNED: SunbeonEvents['client.warned'] = { client: 'c', message: 'm' };

describe('Events', () => {
  test('reach every listener of their name, until it ends', () => {
    const events = new Events();
    const [a, b, other] = [jest.fn(), jest.fn(), jest.fn()];
    const end = events.on('client.warned', a);
    events.on('client.warned', b);
    events.on('client.recovered', other);
    events.emit('client.warned', WARNED);
    end();
    end();
    events.emit('client.warned', WARNED);
    expect(a.mock.calls).toEqual([[WARNED]]);
    expect(b.mock.calls).toEqual([[WARNED], [WARNED]]);
    expect(other).not.toHaveBeenCalled();
  });

  test('without a listener are nothing', () => {
    expect(() => new Events().emit('client.warned', WARNED)).not.toThrow();
  });

  test.each([
    ['an Error', new TypeError('oops'), 'TypeError', 'oops'],
    ['a text', 'oops', 'string', 'oops'],
    ['null', null, 'object', 'null'],
    ['what cannot be printed', Object.create(null), 'object', 'a value that cannot be printed'],
  ])(
    'a listener that throws %s disturbs neither the work nor the others, and is reported',
    (_what, thrown, name, message) => {
      const events = new Events();
      const [reports, next] = [jest.fn(), jest.fn()];
      events.on('listener.failed', reports);
      events.on('client.warned', () => {
        throw thrown;
      });
      events.on('client.warned', next);
      events.emit('client.warned', WARNED);
      expect(next).toHaveBeenCalledTimes(1);
      const error = expect.objectContaining({ code: 'LISTENER_FAILED', name, message, retriable: false });
      expect(reports.mock.calls).toEqual([[{ event: 'client.warned', error }]]);
    },
  );

  test('an async listener that rejects is reported too, and does not end the process', async () => {
    const events = new Events();
    const reported = new Promise((resolve) => events.on('listener.failed', resolve));
    events.on('client.warned', (async () => Promise.reject(new Error('later'))) as () => void);
    events.emit('client.warned', WARNED);
    expect(await reported).toMatchObject({ event: 'client.warned', error: { message: 'later' } });
  });

  test('a reporter that fails is not reported to itself', () => {
    const events = new Events();
    const reporter = jest.fn(() => {
      throw new Error('me too');
    });
    events.on('listener.failed', reporter);
    events.on('client.warned', () => {
      throw new Error('first');
    });
    events.emit('client.warned', WARNED);
    expect(reporter).toHaveBeenCalledTimes(1);
  });
});
