import type { OnProgress } from './layout.js';

const EVERY_MS = 2_000;

/** Waits for `work` and reports `label … N s` every two seconds while it lasts; quick work is silent. */
export async function withProgress<T>(
  label: string,
  onProgress: OnProgress | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    onProgress?.(`${label} … ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  }, EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
