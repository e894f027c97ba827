import { Inject, Injectable } from '@nestjs/common';
import { type Contract, type EventContract, type InputOf, SunbeonError, type TaskContract } from '@sunbeon/core';
import type { Message } from '@sunbeon/core/ports';
import { SUNBEON_CONFIG, type SunbeonConfig } from './config.js';
import { TaskHandle } from './handle.js';
import { MessageFactory, requireKind, type SendOptions } from './messages.js';

/** For many messages at once: what they share, or a function that gives the options of each. */
export type SendManyOptions<C extends Contract> =
  Omit<SendOptions, 'id' | 'idempotencyKey'> | ((payload: InputOf<C>, index: number) => SendOptions);

/** Sends tasks. A call that resolves has been acknowledged by all in-sync replicas. */
@Injectable()
export class Tasks {
  constructor(
    @Inject(SUNBEON_CONFIG) private readonly config: SunbeonConfig,
    private readonly messages: MessageFactory,
  ) {}

  /** @throws SunbeonError see {@link MessageFactory.create} and `Transport.send` */
  async enqueue<C extends TaskContract>(
    contract: C,
    payload: InputOf<C>,
    options?: SendOptions,
  ): Promise<TaskHandle<C>> {
    requireKind(contract, 'task', 'tasks.enqueue');
    const message = this.messages.create(contract, payload, options);
    await this.config.transport.send([message]);
    return this.handle(contract, message.envelope.id);
  }

  /** Sends all in one go; the handles are in the order of the payloads. None is sent when one is refused. */
  async enqueueMany<C extends TaskContract>(
    contract: C,
    payloads: readonly InputOf<C>[],
    options: SendManyOptions<C> = {},
  ): Promise<TaskHandle<C>[]> {
    requireKind(contract, 'task', 'tasks.enqueueMany');
    const messages = many(this.messages, { contract, payloads, options });
    if (messages.length > 0) await this.config.transport.send(messages);
    return messages.map(({ envelope }) => this.handle(contract, envelope.id));
  }

  /** A handle of a task that was sent before, perhaps by another process. */
  handle<C extends TaskContract>(contract: C, id: string): TaskHandle<C> {
    requireKind(contract, 'task', 'tasks.handle');
    const { transport, resultTimeoutMs } = this.config;
    return new TaskHandle(id, contract, { results: transport.results, resultTimeoutMs });
  }
}

/** Publishes events. A call that resolves has been acknowledged by all in-sync replicas. */
@Injectable()
export class EventPublisher {
  constructor(
    @Inject(SUNBEON_CONFIG) private readonly config: SunbeonConfig,
    private readonly messages: MessageFactory,
  ) {}

  /** @returns the event's id. @throws SunbeonError see {@link MessageFactory.create} and `Transport.send` */
  async publish<C extends EventContract>(event: C, payload: InputOf<C>, options?: SendOptions): Promise<string> {
    requireKind(event, 'event', 'events.publish');
    const message = this.messages.create(event, payload, options);
    await this.config.transport.send([message]);
    return message.envelope.id;
  }

  /** Publishes all in one go. @returns the ids, in the order of the payloads. None is sent when one is refused. */
  async publishMany<C extends EventContract>(
    event: C,
    payloads: readonly InputOf<C>[],
    options: SendManyOptions<C> = {},
  ): Promise<string[]> {
    requireKind(event, 'event', 'events.publishMany');
    const messages = many(this.messages, { contract: event, payloads, options });
    if (messages.length > 0) await this.config.transport.send(messages);
    return messages.map(({ envelope }) => envelope.id);
  }
}

interface Batch<C extends Contract> {
  readonly contract: C;
  readonly payloads: readonly InputOf<C>[];
  readonly options: SendManyOptions<C>;
}

function many<C extends Contract>(messages: MessageFactory, { contract, payloads, options }: Batch<C>): Message[] {
  const shared: SendOptions = typeof options === 'function' ? {} : options;
  if (shared.id !== undefined || shared.idempotencyKey !== undefined) {
    throw new SunbeonError('OPTION_INVALID', `${contract.kind} "${contract.name}": many messages cannot share an id.`, {
      hint: 'Give a function of (payload, index) that returns the options of each.',
      facts: { contract: contract.name },
    });
  }
  const optionsOf = typeof options === 'function' ? options : () => options;
  return payloads.map((payload, index) => messages.create(contract, payload, optionsOf(payload, index)));
}
