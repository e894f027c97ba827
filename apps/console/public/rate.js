/** Rates are taken over this long: short enough to follow, long enough not to flicker. */
const WINDOW_MS = 5_000;

/**
 * Keeps a few successive totals and gives the rate between the oldest and the newest of them.
 * @returns {{ add(atMs: number, total: number): number | undefined }} records per second; undefined with one sample only
 */
export function createRate() {
  let samples = [];
  return {
    add(atMs, total) {
      const last = samples.at(-1);
      // A smaller total or an older time is another cluster or a topic made anew: its past says nothing.
      if (last !== undefined && (total < last.total || atMs < last.atMs)) samples = [];
      samples = samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
      samples.push({ atMs, total });
      const first = samples[0];
      return atMs > first.atMs ? ((total - first.total) * 1_000) / (atMs - first.atMs) : undefined;
    },
  };
}

/** A rate for people: one decimal under ten, none above. */
export function formatRate(perSecond) {
  if (perSecond === undefined) return '–';
  if (perSecond === 0) return '0';
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
}
