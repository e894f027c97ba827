import { HEADER, headerText } from '@sunbeon/core/headers';
import type { Events, MessageFacts } from '@sunbeon/core/events';
import type { Clock, IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { SunbeonError, toFailure } from '@sunbeon/core';
import { writeBurial } from './burial.js';
import { burialHeaders } from './dead-letter.js';
import { nextHop } from './due.js';
import type { Route } from './names.js';
import type { Produce } from './produce.js';
import { writeUntilAcknowledged } from './writer.js';

export interface ForwardDependencies {
  readonly route: Route;
  readonly tiersMs: readonly number[];
  readonly produce: Produce;
  readonly events: Events;
  readonly clock: Clock;
  readonly released: AbortSignal;
}

/**
 * Sends due records of one retry partition on, all at once. What its queue refuses as too large (a retry topic takes more) would
 * hold up all behind it for ever, and those before it would be written again with every try: it is found by sending each alone,
 * and buried.
 * @returns false when the consumer let go first
 */
export async function forward(
  due: readonly IncomingRecord[],
  nowMs: number,
  deps: ForwardDependencies,
): Promise<boolean> {
  const hops = due.map((record) => nextHop(record, nowMs, deps));
  const to = { facts: factsOf(due[0]!, deps.route), released: deps.released, insist: false, dlq: deps.route.dlq };
  const written = await writeUntilAcknowledged(hops, to, deps);
  if (written !== 'too-large') return written === 'acknowledged';
  const [first, ...others] = due as [IncomingRecord, ...IncomingRecord[]];
  if (others.length === 0)
    return (await writeBurial([tooLargeToGoBack(first, deps.route)], to, deps)) === 'acknowledged';
  for (const record of due) if (!(await forward([record], nowMs, deps))) return false;
  return true;
}

function factsOf({ topic, partition, offset }: IncomingRecord, { retryGroup }: Route): MessageFacts {
  return { id: '', contract: '', attempt: 0, topic, partition, offset, group: retryGroup };
}

function tooLargeToGoBack(record: IncomingRecord, { group, dlq }: Route): OutgoingRecord {
  const { key, value, headers } = record;
  const error = new SunbeonError('RECORD_TOO_LARGE', 'The retry is too large for the topic that it came from.', {
    hint: "Raise that topic's max.message.bytes to that of its retry topics, then replay it.",
  });
  const label = headerText(headers, HEADER.type) ?? record.topic;
  const added = burialHeaders(record, toFailure(error), { group, label, history: [] });
  return { topic: dlq, key, value, headers: { ...headers, ...added } };
}
