import { type Contract, SunbeonError } from '@sunbeon/core';
import { ContractRegistry, topicOf } from '@sunbeon/core/contract';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { keyOf } from '@sunbeon/core/key';
import type { Codec, IncomingRecord } from '@sunbeon/core/ports';
import { inputSubject } from '@sunbeon/core/subjects';
import { addressOf } from './address.js';
import { envelopeOf } from './buried-facts.js';
import { type Difference, diff, withValueAt } from './edit-diff.js';

export interface EditDependencies {
  readonly codec: Codec;
  readonly contracts: readonly Contract[];
  /** A decoded value as JSON carries it, so that {@link Codec.fromJson} reads it again. */
  toJson(value: unknown): unknown;
}

/** What shall be another: some fields by their paths, or all of it. As parsed JSON. */
export type Change =
  { readonly set: readonly (readonly [path: string, value: unknown])[] } | { readonly payload: unknown };

export interface Edited {
  readonly differences: readonly Difference[];
  /** The record with the other payload, its key with it where the key is made of the payload. */
  readonly record: IncomingRecord;
}

/**
 * A buried record with another payload, checked against its contract. Nothing is sent.
 * @param queue the queue, or event topic, that it was buried from, without prefix: for a record that does not name its contract
 * @throws SunbeonError `PAYLOAD_INVALID` naming the field, `CONTRACT_UNKNOWN`, `OPTION_INVALID`, `REGISTRY_UNAVAILABLE`
 */
export async function editRecord(
  deps: EditDependencies,
  { record, queue }: { readonly record: IncomingRecord; readonly queue: string },
  change: Change,
): Promise<Edited> {
  const contract = contractOf(record, queue, deps.contracts);
  const subject = inputSubject(contract);
  const before = await payloadOf(deps, contract, record);
  const wanted = 'payload' in change ? change.payload : changed(record, before?.json, change.set);
  const value = deps.codec.fromJson(subject, wanted);
  const differences = diff(before?.json, deps.toJson(value));
  if (differences.length === 0) throw unchanged(record);
  const key = keyAfter(contract, record, { before: before?.value, after: value });
  const headers = {
    ...record.headers,
    [HEADER.contentType]: deps.codec.contentType,
    ...(record.headers[HEADER.subject] === undefined || key === null ? {} : { [HEADER.subject]: key }),
  };
  return { differences, record: { ...record, key, headers, value: await deps.codec.encode(subject, value) } };
}

function contractOf(record: IncomingRecord, queue: string, contracts: readonly Contract[]): Contract {
  const named = headerText(record.headers, HEADER.type);
  const own = contracts.filter((contract) => topicOf(contract) === queue);
  if (named === undefined && own.length === 1) return own[0]!;
  const registry = new ContractRegistry(contracts);
  return registry.find(named ?? '') ?? registry.get(named ?? '', own[0]?.kind ?? 'task');
}

interface Payload {
  readonly json: unknown;
  /** As the contract's schema reads it; undefined when it does not fit. */
  readonly value: unknown;
}

/** Undefined for bytes that nobody can read: then only a whole payload can take their place. */
async function payloadOf(
  { codec, toJson }: EditDependencies,
  contract: Contract,
  record: IncomingRecord,
): Promise<Payload | undefined> {
  if (record.value === null) return undefined;
  try {
    const value = await codec.decode(inputSubject(contract), record.value, envelopeOf(record).contentType);
    return { json: toJson(value), value };
  } catch (error) {
    if (isAway(error)) throw error;
  }
  // What does not fit its contract may be why it was buried: as its writer meant it, it can be mended.
  return codec.decodeAny(record.value).then(
    (value) => ({ json: toJson(value), value: undefined }),
    (error: unknown) => (isAway(error) ? Promise.reject(error as Error) : undefined),
  );
}

function isAway(error: unknown): boolean {
  return error instanceof SunbeonError && error.retriable;
}

function changed(record: IncomingRecord, before: unknown, set: readonly (readonly [string, unknown])[]): unknown {
  let json = before;
  for (const [path, value] of set) {
    const next = before === undefined ? undefined : withValueAt(json, path, value);
    if (next === undefined) throw noPlace(record, path, before === undefined);
    json = next.json;
  }
  return json;
}

/** Another lane, where the lane is made of what was changed. A key that the sender chose stays. */
function keyAfter(
  contract: Contract,
  { key }: IncomingRecord,
  { before, after }: { before: unknown; after: unknown },
): Buffer | null {
  if (contract.key === undefined || before === undefined) return key;
  if (keyOf(contract, before) !== key?.toString()) return key;
  const next = keyOf(contract, after);
  return next === undefined ? null : Buffer.from(next);
}

function noPlace(record: IncomingRecord, path: string, isUnreadable: boolean): SunbeonError {
  const address = addressOf(record);
  const why = isUnreadable ? 'its payload cannot be read' : `its payload has no place for "${path}"`;
  return new SunbeonError('PAYLOAD_INVALID', `${address}: ${why}.`, {
    hint: isUnreadable ? 'Give all of it with --payload.' : 'Name fields as user.name or items[2].price.',
    facts: { address, field: path },
  });
}

function unchanged(record: IncomingRecord): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${addressOf(record)}: the edit changes nothing.`, {
    hint: 'Send it again as it is with "sunbeon dlq replay".',
    facts: { address: addressOf(record) },
  });
}
