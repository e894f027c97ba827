import type { Codec, Road } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { type Address, parseAddress } from './address.js';
import type { Admin } from './admin.js';
import { type DeadLetterQueue, findBuried } from './dlq.js';
import { exportBuried, type ExportOptions } from './dlq-export.js';
import { chosen, type Dispositions } from './dlq-filter.js';
import { type DlqGroups, groupBuried, type GroupOptions } from './dlq-groups.js';
import { importBuried, type ImportOptions, type ImportReport } from './dlq-import.js';
import { type BuriedList, type ListOptions, newestBuried } from './dlq-newest.js';
import { type BuriedDocument, describeBuried } from './dlq-show.js';

export interface DeadLettersOptions {
  readonly road: Road;
  readonly admin: Pick<Admin, 'deadLetterQueues'>;
  readonly codec: Codec;
  /** What people have done about the records of a DLQ. Those discarded are left out unless `all` is asked for. Default: nothing. */
  readonly dispositions?: Dispositions;
}

const DEFAULT_LIMIT = 1_000;
const DEFAULT_MAX_GROUPS = 1_000;

/**
 * The verbs that read DLQs, for console, CLI and API alike. Where a queue is asked for: a queue, an event's topic, a DLQ, or nothing for
 * all of the deployment. Each reads in bounded memory, however many records there are. `docs/reference/dlq.md`.
 * @throws SunbeonError `CONTRACT_UNKNOWN` for a queue that is not there, `OPTION_INVALID` and `OPTION_UNKNOWN` for options,
 * `BROKER_UNREACHABLE`
 */
export class DeadLetters {
  constructor(private readonly options: DeadLettersOptions) {}

  /** The newest records that are meant, in the order in which they were buried. */
  async list(queue: string | undefined, options: ListOptions = {}): Promise<BuriedList> {
    const limit = atLeastOne('limit', options.limit ?? DEFAULT_LIMIT);
    const choice = chosen(options, this.options.dispositions);
    return newestBuried(this.options.road, await this.#queues(queue), { ...choice, limit });
  }

  /** What went wrong, and how often: records by fingerprint. */
  async groups(queue: string | undefined, options: GroupOptions = {}): Promise<DlqGroups> {
    const maxGroups = atLeastOne('maxGroups', options.maxGroups ?? DEFAULT_MAX_GROUPS);
    const choice = chosen(options, this.options.dispositions);
    return groupBuried(this.options.road, await this.#queues(queue), { ...choice, maxGroups });
  }

  /**
   * All that is known of one record, also of one that nobody can decode.
   * @param address `<topic>/<partition>/<offset>`
   * @throws SunbeonError `DLQ_RECORD_NOT_FOUND`
   */
  async show(address: string): Promise<BuriedDocument> {
    const { topic, partition, offset } = buriedAt(address);
    const queues = await this.#queues(topic).catch((error: unknown) => {
      if ((error as SunbeonError).code === 'CONTRACT_UNKNOWN') throw noSuchQueue(topic, error);
      throw error;
    });
    const queue = queues.find(({ dlq }) => dlq === topic);
    if (queue === undefined) throw noSuchQueue(topic);
    const { road, codec, dispositions } = this.options;
    const { row, record } = await findBuried(road, queue, { partition, offset });
    const disposition = (await dispositions?.(topic))?.(partition, offset) ?? row.disposition;
    return describeBuried({ row: { ...row, disposition }, record }, codec);
  }

  /** Records with their exact bytes as NDJSON, in pieces of whole lines. @returns how many records */
  async export(queue: string | undefined, { limit = Infinity, write, ...choice }: ExportOptions): Promise<number> {
    const work = { ...chosen(choice, this.options.dispositions), limit: atLeastOne('limit', limit), write };
    return exportBuried(this.options.road, await this.#queues(queue), work);
  }

  /**
   * Puts exported records back: each into the DLQ that it names, or all into that of `into`.
   * @param options `into`: a queue with one DLQ, or a DLQ
   * @throws see {@link importBuried}; `OPTION_INVALID` when `into` has several DLQs
   */
  async import(options: Pick<ImportOptions, 'open' | 'isDry'> & { readonly into?: string }): Promise<ImportReport> {
    const { into, ...rest } = options;
    const topics = (await this.#queues(into)).map(({ dlq }) => dlq);
    if (into !== undefined && topics.length !== 1) throw notOne(into, topics);
    const target: ImportOptions['target'] = into === undefined ? ({ topic }) => topics.find((one) => one === topic) : () => topics[0]; // prettier-ignore
    return importBuried(this.options.road, { ...rest, target });
  }

  #queues(queue: string | undefined): Promise<DeadLetterQueue[]> {
    return this.options.admin.deadLetterQueues(queue);
  }
}

function atLeastOne(option: 'limit' | 'maxGroups', value: number): number {
  if (value === Infinity || (Number.isSafeInteger(value) && value >= 1)) return value;
  throw new SunbeonError('OPTION_INVALID', `${option} got ${value}.`, {
    hint: 'Give a whole number of at least 1.',
    facts: { option },
  });
}

/** @throws SunbeonError `OPTION_INVALID` */
function buriedAt(address: string): Address {
  const parsed = parseAddress(address);
  if (parsed !== undefined) return parsed;
  throw new SunbeonError('OPTION_INVALID', `"${address}" is no address of a buried record.`, {
    hint: 'Copy one from "sunbeon dlq ls": <topic>/<partition>/<offset>.',
  });
}

function noSuchQueue(topic: string, cause?: unknown): SunbeonError {
  return new SunbeonError('DLQ_RECORD_NOT_FOUND', `There is no DLQ "${topic}" on this cluster.`, {
    hint: 'List what is there with "sunbeon dlq ls".',
    facts: { topic },
    cause,
  });
}

function notOne(into: string, topics: readonly string[]): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `"${into}" has ${topics.length} DLQs: ${topics.join(', ') || 'none'}.`, {
    hint: 'Name one of them.',
    facts: { into, topics },
  });
}
