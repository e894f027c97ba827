import { Inject, Injectable } from '@nestjs/common';
import { type Contract, type InputOf, isContract, SunbeonError } from '@sunbeon/core';
import { createEnvelope } from '@sunbeon/core/envelope';
import { derivedId } from '@sunbeon/core/ids';
import { keyOf } from '@sunbeon/core/key';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import type { Message } from '@sunbeon/core/ports';
import { SUNBEON_CONFIG, type SunbeonConfig } from './config.js';

/** What a caller may say about one message, besides its payload. */
export interface SendOptions {
  /** The ordering key; overrides the contract's. */
  readonly key?: string;
  /** The message's id; default: a new UUIDv7. */
  readonly id?: string;
  /** The same key for the same contract is the same message: its id is derived from both. Not together with `id`. */
  readonly idempotencyKey?: string;
  /** W3C Trace Context, carried on to the handler. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** What is not done by then nobody wants any more: it is dropped, `EXPIRED`. In milliseconds from now; default: never. */
  readonly expiresAfterMs?: number;
}

const TEXTS = ['key', 'id', 'idempotencyKey', 'traceparent', 'tracestate'] as const;
const OPTIONS = [...TEXTS, 'expiresAfterMs'];
/** 31 years: whoever waits longer has given something that is no duration, a moment for example. */
const LONGEST_MS = 1_000_000_000_000;

/** Stop 1 of a message's way: contract + payload + options → a message in a frozen envelope. Sends nothing. */
@Injectable()
export class MessageFactory {
  constructor(@Inject(SUNBEON_CONFIG) private readonly config: SunbeonConfig) {}

  /**
   * @throws SunbeonError `CONTRACT_UNKNOWN`, `OPTION_UNKNOWN`, `OPTION_INVALID`, and `PAYLOAD_INVALID` when the contract's key
   * cannot be read from the payload; whether the payload fits its schema is checked when it is sent
   */
  create<C extends Contract>(contract: C, payload: InputOf<C>, options: SendOptions = {}): Message {
    this.#check(contract, options);
    const { transport, source, clock } = this.config;
    const { id, key, expiresAfterMs, ...carried } = options;
    const timeMs = clock.now();
    const envelope = createEnvelope({
      ...carried,
      id: id ?? this.#idFor(contract, options.idempotencyKey),
      type: contract.name,
      source,
      timeMs,
      deadlineMs: expiresAfterMs === undefined ? undefined : timeMs + expiresAfterMs,
      key: key ?? keyOf(contract, payload),
      replyTo: contract.kind === 'task' ? transport.results.replyTo : undefined,
    });
    return Object.freeze({ contract, payload, envelope });
  }

  /** Time 0: the same key must give the same id tomorrow. */
  #idFor(contract: Contract, idempotencyKey: string | undefined): string {
    if (idempotencyKey === undefined) return this.config.createId();
    return derivedId(0, 'idempotency', contract.name, idempotencyKey);
  }

  #check(contract: unknown, options: SendOptions): asserts contract is Contract {
    if (!isContract(contract)) throw notAContract(contract);
    const where = `${contract.kind} "${contract.name}"`;
    refuseUnknownOptions(options, OPTIONS, where);
    const bad = TEXTS.find((name) => options[name] !== undefined && !isText(options[name]));
    if (bad !== undefined) throw invalid(where, `${bad} is ${JSON.stringify(options[bad])}`, 'Give text of at least one character, or leave it out.'); // prettier-ignore
    const { expiresAfterMs } = options;
    if (expiresAfterMs !== undefined && !isDuration(expiresAfterMs)) {
      throw invalid(where, `expiresAfterMs is ${String(expiresAfterMs)}`, 'Give whole milliseconds from now, for example 60_000.'); // prettier-ignore
    }
    if (options.id !== undefined && options.idempotencyKey !== undefined) {
      throw invalid(where, 'both id and idempotencyKey are given', 'Give one: an idempotency key makes the id.');
    }
  }
}

/** @throws SunbeonError `CONTRACT_UNKNOWN` unless it is a contract of this kind */
export function requireKind(contract: unknown, kind: Contract['kind'], verb: string): void {
  if (!isContract(contract)) throw notAContract(contract);
  if (contract.kind === kind) return;
  throw new SunbeonError('CONTRACT_UNKNOWN', `${verb} got the ${contract.kind} "${contract.name}".`, {
    hint: kind === 'task' ? 'Events are published: events.publish(…).' : 'Tasks are enqueued: tasks.enqueue(…).',
    facts: { contract: contract.name },
  });
}

function notAContract(value: unknown): SunbeonError {
  return new SunbeonError('CONTRACT_UNKNOWN', `A contract is missing: got ${value === null ? 'null' : typeof value}.`, {
    hint: 'Give what defineTask or defineEvent returned; undefined often means a circular import.',
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isDuration(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_MS;
}

function invalid(where: string, what: string, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${where}: ${what}.`, { hint, facts: { where } });
}
