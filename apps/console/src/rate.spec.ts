import { describe, expect, it } from '@jest/globals';

interface RateModule {
  createRate(): { add(atMs: number, total: number): number | undefined };
  formatRate(perSecond: number | undefined): string;
}
// A file of the page, plain JavaScript without declarations.
const { createRate, formatRate } = (await import(String(new URL('../public/rate.js', import.meta.url)))) as RateModule;

describe('the rate of a queue', () => {
  it('is unknown with one sample and the mean of the last five seconds after', () => {
    const rate = createRate();
    expect(rate.add(0, 1_000)).toBeUndefined();
    expect(rate.add(1_000, 1_100)).toBe(100);
    expect(rate.add(2_000, 1_100)).toBe(50);
    expect(rate.add(7_000, 1_600)).toBe(100);
  });

  it('begins anew when a total goes back, or time does', () => {
    const rate = createRate();
    rate.add(1_000, 50);
    expect(rate.add(2_000, 10)).toBeUndefined();
    expect(rate.add(3_000, 12)).toBe(2);
    expect(rate.add(500, 20)).toBeUndefined();
  });

  it.each([
    [undefined, '–'],
    [0, '0'],
    [0.25, '0.3'],
    [12.6, '13'],
    [4_321.2, '4,321'],
  ])('shows %s as %s', (perSecond, text) => expect(formatRate(perSecond)).toBe(text));
});
