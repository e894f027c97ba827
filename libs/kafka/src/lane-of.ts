import type { Work } from './attempt.js';
import { nameOf } from './partitions.js';

/** Nobody knows the order of what cannot be read: it keeps its place in the lane of its key. */
export function laneOf({ record, opened }: Pick<Work, 'record' | 'opened'>): string | undefined {
  const order = opened.kind === 'message' ? opened.binding.policy.order : 'key';
  if (order === 'partition') return `p${nameOf(record)}`;
  return order === 'none' || record.key === null ? undefined : `k${record.key.toString('latin1')}`;
}
