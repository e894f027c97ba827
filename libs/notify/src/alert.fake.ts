import type { Alert } from '@sunbeon/core/alerts';

/** An alert as `AlertGroups` gives it, with what a test wants otherwise. */
export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    fingerprint: 'abcdefabcdef',
    contract: 'math.add',
    queue: 'math',
    group: 'math',
    error: { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no' },
    done: 'bury',
    attempts: 3,
    example: { id: 'id-1', address: 'math/0/7' },
    count: 1,
    total: 1,
    kinds: 1,
    firstMs: 0,
    lastMs: 0,
    ...changes,
  };
}
