import { Controller, Get, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import { SunbeonError } from '@sunbeon/core';
import type { Results, TaskResult } from '@sunbeon/core/ports';
import { isFinal } from '@sunbeon/core/result-status';
import type { FastifyReply } from 'fastify';
import { DOOR, type Door } from './door.js';
import { DoorError } from './problem.js';
import { RETRY_AFTER_SECONDS } from './problem.filter.js';
import { checkedId, checkedWaitMs } from './request.js';
import { eventId, statusStream } from './sse.js';
import { type StatusDocument, statusDocument } from './status.js';
import { type Place, waitForFinal, WaitingRoom } from './waiting.js';

/** `GET /tasks/:id`, `/tasks/:id/result` and `/tasks/:id/events`: what is known of a task. */
@Controller('tasks')
export class AskController {
  readonly #results: Results;

  constructor(
    private readonly room: WaitingRoom,
    @Inject(DOOR) private readonly door: Door,
  ) {
    this.#results = door.transport.results;
  }

  @Get(':id')
  async status(@Param('id') id: string): Promise<StatusDocument> {
    return statusDocument(await this.#known(checkedId(id)));
  }

  /** 200 with the final status, or 202 with the latest one when the time is up. */
  @Get(':id/result')
  async result(
    @Param('id') id: string,
    @Query('waitMs') wait: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StatusDocument> {
    checkedId(id);
    const waitMs = checkedWaitMs(wait);
    const place = this.room.enter();
    abandonOnClose(reply, place);
    try {
      const result = await waitForFinal(this.#results, id, { waitMs, signal: place.signal, clock: this.door.clock });
      if (result === undefined) throw place.closing() ? goingDown() : unknown(id);
      if (!isFinal(result.status)) void reply.code(202).header('retry-after', String(RETRY_AFTER_SECONDS));
      return statusDocument(result);
    } finally {
      place.leave();
    }
  }

  /** Every status until the final one, as Server-Sent Events; 204 tells a client that has seen it all to stay away. */
  @Get(':id/events')
  async events(
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const current = await this.#known(checkedId(id));
    if (isFinal(current.status) && lastEventId === eventId(current)) return void reply.code(204).send();
    const place = this.room.enter();
    const { signal } = place;
    const stream = statusStream({ results: this.#results, current, signal, clock: this.door.clock, lastEventId });
    stream.once('close', place.leave);
    void reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').send(stream);
  }

  async #known(id: string): Promise<TaskResult> {
    const result = await this.#results.lookup(id);
    if (result === undefined) throw unknown(id);
    return result;
  }
}

function abandonOnClose(reply: FastifyReply, place: Place): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) place.abandon();
  });
}

function unknown(id: string): SunbeonError {
  return new SunbeonError('RESULT_UNKNOWN', `Nothing is known of the task ${id}.`, {
    hint: 'Check the id: results are kept for a limited time, and a task sent by another client is known after its first attempt.',
    facts: { id },
  });
}

function goingDown(): DoorError {
  return new DoorError('NOT_RUNNING', 'The server is going down.', { hint: 'Ask again: another one will answer.' });
}
