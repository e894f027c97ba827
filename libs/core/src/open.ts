import type { ContractRegistry } from './contract.js';
import { topicOf } from './contract.js';
import type { Envelope } from './envelope.js';
import { type Failure, SunbeonError, toFailure } from './errors.js';
import { fromHeaders } from './headers.js';
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

export type Open = (record: IncomingRecord) => Opened;

/** Reads a record's headers and finds its handler. Never throws; the value is not decoded yet. */
export function opener(addressees: Addressees): Open {
  const { bindings } = addressees;
  const only = onlyContract(addressees);
  return (record) => {
    const envelope = fromHeaders(record.headers, new Place(record, only));
    if (envelope === undefined) return unreadable('it has no ce_type header and its topic carries several contracts');
    if (record.value === null) return unreadable('its value is null', envelope);
    const binding = bindings.get(envelope.type);
    return binding === undefined ? unhandled(envelope, addressees) : { kind: 'message', envelope, binding };
  };
}

/** What the record's place and bytes say; an id is derived from them only if it is asked for. */
class Place {
  constructor(
    private readonly record: IncomingRecord,
    readonly type: string | undefined,
  ) {}

  get id(): string {
    return placeId(this.record);
  }
  get timeMs(): number {
    return this.record.timestampMs;
  }
  get key(): string | undefined {
    return this.record.key?.toString();
  }
  get value(): Buffer | null {
    return this.record.value;
  }
}

function unhandled(envelope: Envelope, { bindings, contracts, topic }: Addressees): Opened {
  const other = contracts.find(envelope.type);
  if (other?.kind === 'event' && ownTopic(bindings) === topicOf(other)) return { kind: 'foreign' };
  const hint = didYouMean(envelope.type, bindings.keys()) ?? '';
  const why = `no handler of "${topic}" takes "${envelope.type.slice(0, 200)}". ${hint}`;
  return unreadable(why.trim(), envelope);
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
