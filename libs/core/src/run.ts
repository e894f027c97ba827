import { compose, type Middleware } from './chain.js';
import type { TaskContext } from './context.js';
import type { Envelope } from './envelope.js';
import { type Failure, SunbeonError, toFailure } from './errors.js';
import { followUps, handlerLogger } from './followups.js';
import type { Events } from './events.js';
import { Bury, Drop, type Outcome, Retry } from './outcome.js';
import type { Binding, Codec, IncomingRecord, Transport } from './ports.js';
import { inputSubject, outputSubject } from './subjects.js';

/** A message on its way to a handler. */
export interface Delivery {
  readonly record: IncomingRecord;
  readonly envelope: Envelope;
  readonly binding: Binding;
}

/** What middlewares see: the decoded payload and the handler's context. */
export interface Attempt {
  readonly payload: unknown;
  readonly context: TaskContext;
  /** The group that subscribes, for events: several groups have the same message. Undefined for tasks. */
  readonly group: string | undefined;
}

export interface RunDependencies {
  readonly codec: Codec;
  readonly events: Events;
  /** Writes follow-ups. */
  readonly send: Transport['send'];
  /** The name that follow-ups carry as their source. */
  readonly source: string;
  readonly middlewares?: readonly Middleware<Attempt>[];
}

/**
 * One attempt: decode → middlewares → handler → encode the output → outcome. Never throws and never rejects: whatever a
 * handler, a codec or a middleware does becomes an {@link Outcome}. Of `done`, `output` is the encoded value or null.
 */
export async function run(delivery: Delivery, signal: AbortSignal, deps: RunDependencies): Promise<Outcome> {
  const { binding, envelope, record } = delivery;
  let payload: unknown;
  try {
    payload = await deps.codec.decode(inputSubject(binding.contract), record.value!, envelope.contentType);
  } catch (error) {
    return undecoded(error);
  }
  try {
    const handle = compose(deps.middlewares ?? [], (attempt: Attempt) =>
      binding.handle(attempt.payload, attempt.context, signal),
    );
    const output = await handle({ payload, context: contextOf(delivery, signal, deps), group: binding.group });
    return { kind: 'done', output: await encodeOutput(binding, output, deps.codec) };
  } catch (thrown) {
    return outcomeOf(thrown, signal);
  }
}

/**
 * Only an error that says of itself that it will pass is waited out. Any other, a codec's own `TypeError` too, would hold the
 * partition for ever: the record is unreadable, and buried.
 */
function undecoded(thrown: unknown): Outcome {
  const error = toFailure(thrown);
  if (!(thrown instanceof SunbeonError)) {
    return { kind: 'unreadable', error: { ...error, code: 'RECORD_UNREADABLE', retriable: false } };
  }
  return { kind: thrown.retriable ? 'unavailable' : 'unreadable', error };
}

async function encodeOutput(binding: Binding, output: unknown, codec: Codec): Promise<Buffer | null> {
  const { contract } = binding;
  if (contract.kind === 'event' || contract.output === 'null') return null;
  return codec.encode(outputSubject(contract), output);
}

/** The closed vocabulary of handlers, and everything else they may throw. */
function outcomeOf(thrown: unknown, signal: AbortSignal): Outcome {
  const error = toFailure(thrown);
  // What fails because we told it to stop has not failed: it is left unsettled and delivered again.
  if (signal.aborted) return { kind: 'unavailable', error };
  try {
    return inVocabulary(thrown, error);
  } catch {
    return { kind: 'failed', error }; // a revoked proxy, a getter that throws: nothing that can be asked what it is
  }
}

function inVocabulary(thrown: unknown, error: Failure): Outcome {
  if (thrown instanceof Retry) return { kind: 'retry', delayMs: thrown.delayMs, error };
  if (thrown instanceof Drop) return { kind: 'drop', reason: thrown.message };
  if (thrown instanceof Bury) return { kind: 'bury', error };
  return { kind: 'failed', error };
}

function contextOf({ record, envelope }: Delivery, signal: AbortSignal, deps: RunDependencies): TaskContext {
  const facts = { id: envelope.id, contract: envelope.type, attempt: envelope.attempt };
  return {
    ...facts,
    key: envelope.key,
    headers: record.headers,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    sentMs: envelope.timeMs,
    signal,
    logger: handlerLogger(facts, deps.events),
    enqueue: followUps(envelope, deps),
  };
}
