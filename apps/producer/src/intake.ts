import { Inject, Injectable } from '@nestjs/common';
import { type Contract, ContractRegistry, SunbeonError, toFailure } from '@sunbeon/core';
import type { Message, Transport } from '@sunbeon/core/ports';
import { inputSubject } from '@sunbeon/core/subjects';
import { MessageFactory } from '@sunbeon/nest';
import { MAX_ERRORS_TOLD } from './body.js';
import { DOOR, type Door } from './door.js';
import { Idempotency, markerOf, payloadHash } from './idempotency.js';
import { DoorError, type FieldError, fieldErrors } from './problem.js';
import type { Carried } from './request.js';

/** What was accepted: the id, and whether it had been before. */
export interface Accepted {
  readonly id: string;
  readonly replayed: boolean;
}

/** From a JSON payload to a message that all in-sync replicas have. */
@Injectable()
export class Intake {
  readonly #idempotency: Idempotency;

  private readonly transport: Transport;

  constructor(
    @Inject(DOOR) door: Door,
    private readonly messages: MessageFactory,
    private readonly contracts: ContractRegistry,
  ) {
    this.transport = door.transport;
    this.#idempotency = new Idempotency(() => door.transport.results, door.clock);
  }

  /** @throws SunbeonError `CONTRACT_UNKNOWN`, `PAYLOAD_INVALID`, `IDEMPOTENCY_CONFLICT`, and what the transport's send throws */
  async one(kind: Contract['kind'], name: string, ask: { payload: unknown; carried: Carried }): Promise<Accepted> {
    const contract = this.contracts.get(name, kind);
    const value = this.transport.codec.fromJson(inputSubject(contract), ask.payload);
    const message = this.messages.create(contract, value, ask.carried);
    const { id } = message.envelope;
    if (contract.kind === 'event' || ask.carried.idempotencyKey === undefined) {
      await this.#send([message]);
      return { id, replayed: false };
    }
    const hash = payloadHash(value);
    const marker = markerOf(message).envelope.id;
    return { id, replayed: await this.#idempotency.once(marker, hash, () => this.#sendKeyed(message, hash)) };
  }

  /** All or none: the first invalid item refuses the batch, and all invalid ones are told. Same errors as {@link one}. */
  async many(
    kind: Contract['kind'],
    name: string,
    ask: { payloads: readonly unknown[]; carried: Carried },
  ): Promise<string[]> {
    const contract = this.contracts.get(name, kind);
    if (ask.carried.idempotencyKey !== undefined) throw oneKeyOneTask();
    const messages = this.#valid(contract, ask.payloads).map((value) =>
      this.messages.create(contract, value, ask.carried),
    );
    await this.#send(messages);
    return messages.map((message) => message.envelope.id);
  }

  #valid(contract: Contract, payloads: readonly unknown[]): unknown[] {
    const errors: FieldError[] = [];
    const subject = inputSubject(contract);
    const values = payloads.map((payload, index) => {
      try {
        return this.transport.codec.fromJson(subject, payload);
      } catch (error) {
        if (!(error instanceof SunbeonError && error.code === 'PAYLOAD_INVALID')) throw error;
        return void errors.push(...fieldErrors(error).map((one) => ({ index, ...one })));
      }
    });
    if (errors.length > 0) throw invalidItems(contract, errors);
    return values;
  }

  /**
   * The note comes first: it can then never follow the result of a fast task. A crash between the two leaves a note of a task
   * whose id nobody was told.
   */
  async #send(messages: readonly Message[]): Promise<void> {
    const tasks = messages.filter((message) => message.contract.kind === 'task');
    if (tasks.length > 0) await this.transport.noteQueued(tasks);
    await this.transport.send(messages);
  }

  /**
   * The marker comes after the acknowledged send, for it decides whether the key is sent again: a crash between the two leaves
   * a task that runs without a marker, and the same key then sends the same id again, which is harmless. The other order could
   * mark a task that nobody ever sends.
   */
  async #sendKeyed(message: Message, hash: string): Promise<void> {
    await this.#send([message]);
    try {
      await this.transport.noteQueued([markerOf(message)], hash);
    } catch (error) {
      // The task is accepted, and this process remembers its key: a 503 would be wrong.
      const text = `task ${message.envelope.id} was accepted but its idempotency key is not noted: ${toFailure(error).message}`;
      this.transport.events.emit('client.warned', { client: 'producer', message: text });
    }
  }
}

function oneKeyOneTask(): DoorError {
  return new DoorError('REQUEST_INVALID', 'Idempotency-Key is for one message, this request has many.', {
    hint: 'Send them one by one, or without the header.',
  });
}

function invalidItems(contract: Contract, errors: readonly FieldError[]): DoorError {
  const items = new Set(errors.map((error) => error.index)).size;
  return new DoorError(
    'PAYLOAD_INVALID',
    `${items === 1 ? '1 payload does' : `${items} payloads do`} not fit "${contract.name}"; none was sent.`,
    {
      hint: 'Mend the items named, then send the whole batch again.',
      errors: errors.slice(0, MAX_ERRORS_TOLD),
    },
  );
}
