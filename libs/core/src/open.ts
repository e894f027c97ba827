import type { ContractRegistry } from './contract.js';
import { topicOf } from './contract.js';
import type { Envelope } from './envelope.js';
import { type Failure, SunbeonError, toFailure } from './errors.js';
import { fromHeaders, HEADER, headerText } from './headers.js';
import { placeId } from './ids.js';
import { didYouMean } from './options.js';
import type { Binding, IncomingRecord } from './ports.js';

/** What a record is to one consumer: work for a handler, somebody else's event, or unreadable. */
export type Opened =
  | { readonly kind: 'message'; readonly envelope: Envelope; readonly binding: Binding }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unreadable'; readonly error: Failure; readonly envelope: Envelope | undefined };

/** Whose record it may be. */
export interface Addressees {
  /** Handlers of this consumer, by contract name: all of one queue, or of one group on one event topic. */
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly contracts: ContractRegistry;
  /** The queue's or event's topic as this deployment names it (with its prefix), for messages to people. */
  readonly topic: string;
}

/** Reads a record's headers and finds its handler. Never throws; the value is not decoded yet. */
export function openRecord(record: IncomingRecord, addressees: Addressees): Opened {
  const { bindings } = addressees;
  const envelope = fromHeaders(record.headers, {
    id: placeId(record),
    type: headerText(record.headers, HEADER.type) === undefined ? onlyContract(addressees) : undefined,
    timeMs: record.timestampMs,
    key: record.key?.toString(),
    value: record.value,
  });
  if (envelope === undefined) return unreadable('it has no ce_type header and its topic carries several contracts');
  if (record.value === null) return unreadable('its value is null', envelope);
  const binding = bindings.get(envelope.type);
  if (binding !== undefined) return { kind: 'message', envelope, binding };
  const other = addressees.contracts.find(envelope.type);
  if (other?.kind === 'event' && ownTopic(bindings) === topicOf(other)) return { kind: 'foreign' };
  const hint = didYouMean(envelope.type, bindings.keys()) ?? '';
  return unreadable(
    `no handler of "${addressees.topic}" takes "${envelope.type.slice(0, 200)}". ${hint}`.trim(),
    envelope,
  );
}

/** What an ordinary client's record without a `ce_type` must be: the topic's only contract, whoever handles it. */
function onlyContract({ bindings, contracts }: Addressees): string | undefined {
  const topic = ownTopic(bindings);
  const bound = [...bindings.values()].map((binding) => binding.contract);
  const here = [...bound, ...contracts.all()].filter((contract) => topicOf(contract) === topic);
  const names = new Set(here.map((contract) => contract.name));
  return names.size === 1 ? here[0]!.name : undefined;
}

/** The topic as contracts name it: without the deployment's prefix, which a record's topic has. */
function ownTopic(bindings: Addressees['bindings']): string | undefined {
  const first = bindings.values().next().value;
  return first && topicOf(first.contract);
}

function unreadable(why: string, envelope?: Envelope): Opened {
  return {
    kind: 'unreadable',
    envelope,
    error: toFailure(new SunbeonError('RECORD_UNREADABLE', `The record cannot be read: ${why}`)),
  };
}
