import { expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const read = (breaker?: string) => readConfig({ KAFKA_BROKERS: 'k:1', SUNBEON_BREAKER: breaker });

it.each([[undefined, true], ['', true], ['on', true], ['off', false]])('SUNBEON_BREAKER=%s is %s', (text, isOn) => {
  expect(read(text).breaker).toBe(isOn);
}); // prettier-ignore

it('refuses a breaker that is neither on nor off', () => {
  expect(() => read('no')).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  expect(() => read('no')).toThrow('SUNBEON_BREAKER got "no". Give on or off');
});
