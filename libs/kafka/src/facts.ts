import type { MessageFacts } from '@sunbeon/core/events';
import type { Work } from './attempt.js';

/** Where a record is and what it is, for those who listen. */
export function factsOf({ record, opened }: Work, group: string): MessageFacts {
  const { topic, partition, offset } = record;
  const { id = '', type: contract = '', attempt = 1 } = opened.envelope ?? {};
  return { id, contract, attempt, topic, partition, offset, group };
}
