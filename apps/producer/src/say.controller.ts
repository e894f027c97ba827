import { Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody } from './body.js';
import { DOOR, type Door } from './door.js';
import { Intake } from './intake.js';
import { carriedBy } from './request.js';
import { type Links, linksOf } from './status.js';

interface TaskAccepted {
  readonly id: string;
  readonly status: 'queued';
  readonly contract: string;
  readonly links: Links;
}

/** `POST /tasks/:name` and `POST /events/:name`: what is said through the door. 202 = all in-sync replicas have it. */
@Controller()
export class SayController {
  constructor(
    private readonly intake: Intake,
    @Inject(DOOR) private readonly door: Door,
  ) {}

  @Post('tasks/:name')
  @HttpCode(202)
  async enqueue(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const carried = carriedBy(request);
    const asked = readBody(request.body, this.door.maxBatch);
    if ('many' in asked) {
      const ids = await this.intake.many('task', name, { payloads: asked.many, carried });
      return { count: ids.length, tasks: ids.map((id) => accepted(id, name)) };
    }
    const { id, replayed } = await this.intake.one('task', name, { payload: asked.one, carried });
    void reply.header('location', linksOf(id).self);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return accepted(id, name);
  }

  @Post('events/:name')
  @HttpCode(202)
  async publish(@Param('name') name: string, @Req() request: FastifyRequest): Promise<object> {
    const carried = carriedBy(request);
    const asked = readBody(request.body, this.door.maxBatch);
    if ('many' in asked) {
      const ids = await this.intake.many('event', name, { payloads: asked.many, carried });
      return { count: ids.length, events: ids.map((id) => ({ id })) };
    }
    const { id } = await this.intake.one('event', name, { payload: asked.one, carried });
    return { id };
  }
}

function accepted(id: string, contract: string): TaskAccepted {
  return { id, status: 'queued', contract, links: linksOf(id) };
}
