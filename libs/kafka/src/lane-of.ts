import type { HoldPolicy } from '@sunbeon/core/hold';
import type { Work } from './attempt.js';
import { nameOf } from './partitions.js';

/** Nobody knows the order of what cannot be read: it keeps its place in the lane of its key. */
export function laneOf({ record, opened }: Pick<Work, 'record' | 'opened'>): string | undefined {
  const order = opened.kind === 'message' ? opened.binding.policy.order : 'key';
  if (order === 'partition') return `p${nameOf(record)}`;
  return order === 'none' || record.key === null ? undefined : `k${record.key.toString('latin1')}`;
}

/** How its lane waits for it when it fails; undefined = others of its lane, if it has one, do not. */
export function holdOf({ lane, opened }: Pick<Work, 'lane' | 'opened'>): HoldPolicy | undefined {
  return lane === undefined || opened.kind !== 'message' ? undefined : opened.binding.policy.hold;
}
