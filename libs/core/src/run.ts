import { compose, type Middleware } from './chain.js';
import { AttemptContext, type ContextDependencies, type TaskContext } from './context.js';
import type { Envelope } from './envelope.js';
import { toFailure } from './errors.js';
import type { Outcome } from './outcome.js';
import type { Binding, Clock, Codec, IncomingRecord, Over } from './ports.js';
import { inputSubject, outputSubject } from './subjects.js';
import { outcomeOf, undecoded } from './thrown.js';
import { NEVER, type Watch, watchOf } from './time-limit.js';

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

/** `send` writes follow-ups; `source` is the name that they carry. */
export interface RunDependencies extends ContextDependencies {
  readonly codec: Codec;
  readonly clock: Clock;
  readonly middlewares?: readonly Middleware<Attempt>[];
}

/** An attempt that has come to an outcome. */
export interface Ran {
  readonly outcome: Outcome;
  /** Of an attempt given up at its hard limit while its handler runs on: when that ends. Never rejects. */
  readonly ended: Promise<void> | undefined;
}

export type Run = (delivery: Delivery, released: AbortSignal) => Promise<Ran>;

/**
 * One attempt: decode → middlewares → handler → encode the output → outcome. Never throws and never rejects: whatever a
 * handler, a codec or a middleware does becomes an {@link Outcome}. Of `done`, `output` is the encoded value or null.
 *
 * At the soft limit the handler's signal aborts. What it says then still counts: a value is done, `Retry`, `Drop` and `Bury` are
 * what they are; any other error is `TIME_LIMIT_EXCEEDED`. At the hard limit the attempt is over whatever the handler does.
 */
export function runner(deps: RunDependencies): Run {
  const chain = compose(deps.middlewares ?? [], (attempt: Attempt) => (attempt as Call).handle());
  return async (delivery, released) => {
    const { binding, envelope, record } = delivery;
    const { deadlineMs } = envelope;
    if (deadlineMs !== undefined && deps.clock.now() >= deadlineMs) return ran({ kind: 'expired' });
    let payload: unknown;
    try {
      payload = await deps.codec.decode(inputSubject(binding.contract), record.value!, envelope.contentType);
    } catch (error) {
      return ran(undecoded(error));
    }
    const watch = watchOf(delivery, released, deps.clock);
    const context = new AttemptContext(delivery, watch ?? { signal: released }, deps);
    const call = new Call(payload, context, { binding, over: watch?.over ?? NEVER });
    const running = work(call, { chain, codec: deps.codec, released, watch });
    return watch === undefined ? ran(await running) : within(watch, running, released);
  };
}

function ran(outcome: Outcome): Ran {
  return { outcome, ended: undefined };
}

/** What is handed through the middlewares: to them an attempt, at the end the call of the handler. */
class Call implements Attempt {
  constructor(
    readonly payload: unknown,
    readonly context: TaskContext,
    private readonly to: { readonly binding: Binding; readonly over: Over },
  ) {}

  get group(): string | undefined {
    return this.to.binding.group;
  }

  get contract(): Binding['contract'] {
    return this.to.binding.contract;
  }

  handle(): Promise<unknown> {
    return this.to.binding.handle(this.payload, this.context, this.to.over);
  }
}

interface Working {
  readonly chain: (attempt: Attempt) => Promise<unknown>;
  readonly codec: Codec;
  readonly released: AbortSignal;
  readonly watch: Watch | undefined;
}

async function work(call: Call, { chain, codec, released, watch }: Working): Promise<Outcome> {
  let output: unknown;
  try {
    output = await chain(call);
  } catch (thrown) {
    return outcomeOf(thrown, released, watch?.exceeded);
  } finally {
    watch?.end();
  }
  try {
    return { kind: 'done', output: await encodeOutput(call.contract, output, codec) };
  } catch (thrown) {
    return outcomeOf(thrown, released);
  }
}

async function within(watch: Watch, running: Promise<Outcome>, released: AbortSignal): Promise<Ran> {
  const outcome = await Promise.race([running, watch.givenUp()]);
  if (outcome !== undefined) return ran(outcome);
  const kind = released.aborted ? 'unavailable' : 'failed';
  return { outcome: { kind, error: toFailure(watch.exceeded) }, ended: running.then(() => undefined) };
}

async function encodeOutput(contract: Binding['contract'], output: unknown, codec: Codec): Promise<Buffer | null> {
  if (contract.kind === 'event' || contract.output === 'null') return null;
  return codec.encode(outputSubject(contract), output);
}
