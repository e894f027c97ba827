import type { ResultStatus } from './ports.js';

/** Nothing follows it, unless a person replays the task. */
export function isFinal(status: ResultStatus): boolean {
  return status === 'succeeded' || status === 'buried' || status === 'dropped';
}
