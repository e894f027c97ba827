import { describe, expect, it } from '@jest/globals';
import { brokersOf } from './cluster.js';

describe('KAFKA_BROKERS', () => {
  it('is host:port, separated by commas', () => {
    expect(brokersOf('a:1, b:9092')).toEqual(['a:1', 'b:9092']);
    expect(brokersOf('[::1]:9092')).toEqual(['[::1]:9092']);
  });

  it.each(['a', 'a:', 'a:1,', ',', 'a:x'])('%j is refused with an example', (text) => {
    expect(() => brokersOf(text)).toThrow('for example KAFKA_BROKERS=localhost:9092');
  });
});
