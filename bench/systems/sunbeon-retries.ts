import { randomUUIDv7 } from 'node:crypto';
import { createEnvelope, type Envelope } from '@sunbeon/core/envelope';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { Transport } from '@sunbeon/core/ports';
import { noopContract, transportOf } from './sunbeon-contract.ts';
import type { Place, Task } from './system.ts';

/** An attempt of a task, as its handler sees it. */
export interface Tried {
  /** From 1. */
  readonly attempt: number;
  /** In milliseconds since the epoch. */
  readonly sentMs: number;
  /** Of a retry that has waited in a retry topic: when it was due, in milliseconds since the epoch. */
  readonly dueMs: number | undefined;
}

/** Sunbeon's transport with handlers that fail. */
export interface Retries {
  send(tasks: readonly Task[]): Promise<void>;
  /** Starts a worker. A handler that throws has failed. */
  work(handler: (task: Task, tried: Tried) => void): Promise<void>;
}

/** The flood breaker is off: failures are on purpose here. */
export async function openRetries(place: Place, delaysMs: readonly number[]): Promise<Retries> {
  const contract = noopContract(place, delaysMs);
  const transport: Transport = transportOf(place, contract, { breaker: false });
  await transport.start();
  return {
    send: (tasks) => transport.send(tasks.map((payload) => ({ contract, payload, envelope: envelopeOf(payload) }))),
    work: (handler) =>
      transport.consume([
        {
          contract,
          group: undefined,
          policy: contract.policy,
          where: 'bench',
          handle: async (task, { attempt, sentMs, headers }) => {
            const due = headerText(headers, HEADER.notBefore);
            handler(task as Task, { attempt, sentMs, dueMs: due === undefined ? undefined : Number(due) });
            return 0;
          },
        },
      ]),
  };
}

export function envelopeOf({ key }: Task, more: Partial<Pick<Envelope, 'attempt' | 'notBeforeMs'>> = {}): Envelope {
  return createEnvelope({ id: randomUUIDv7(), type: 'noop', source: 'bench', timeMs: Date.now(), key, ...more });
}
