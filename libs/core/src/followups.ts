import type { TaskContext, TaskLogger } from './context.js';
import type { Contract } from './contract.js';
import { createEnvelope, type Envelope } from './envelope.js';
import { toFailure } from './errors.js';
import type { Events } from './events.js';
import { derivedId } from './ids.js';
import { keyOf } from './key.js';
import type { Transport } from './ports.js';

/**
 * `context.enqueue` for one attempt. Calls without a name are numbered per contract, so an attempt that makes the same calls
 * sends the same ids.
 * The time is the parent's: a clock would make the id differ between attempts.
 * They do not inherit its deadline: what follows from a message may be wanted when the message itself is not.
 */
export function followUps(
  parent: Envelope,
  deps: { readonly send: Transport['send']; readonly source: string },
): TaskContext['enqueue'] {
  const calls = new Map<string, number>();
  const nextCall = (contract: Contract): string => {
    const call = calls.get(contract.name) ?? 0;
    calls.set(contract.name, call + 1);
    return String(call);
  };
  return async (contract, payload, options = {}) => {
    const place = options.name === undefined ? ['call', nextCall(contract)] : ['name', options.name];
    const id = derivedId(parent.timeMs, parent.id, contract.name, ...place);
    const envelope = createEnvelope({
      id,
      type: contract.name,
      source: deps.source,
      timeMs: parent.timeMs,
      key: keyOf(contract, payload),
      parentId: parent.id,
      traceparent: parent.traceparent,
      tracestate: parent.tracestate,
    });
    await deps.send([{ contract, payload, envelope }]);
    return id;
  };
}

/** Handlers' lines leave as events: where they go is a listener's business. */
export function handlerLogger(
  facts: { readonly id: string; readonly contract: string; readonly attempt: number },
  events: Events,
): TaskLogger {
  const line = (level: 'log' | 'warn' | 'error') => (message: string, cause?: unknown) =>
    events.emit('handler.logged', {
      ...facts,
      level,
      message,
      ...(cause === undefined ? {} : { error: toFailure(cause) }),
    });
  return { log: line('log'), warn: line('warn'), error: line('error') };
}
