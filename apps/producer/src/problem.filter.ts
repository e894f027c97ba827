import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DoorError, type Problem, PROBLEM_TYPE, toProblem } from './problem.js';

/** How long a client should wait before it sends a refused request again, in seconds. */
export const RETRY_AFTER_SECONDS = 1;

/** Every error leaves as problem+json; faults of the server are logged whole and told in brief. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Problem');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const body = toProblem(thrown, pathOf(request.url));
    this.#log(body, thrown);
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy(); // half an answer cannot become a problem
    if (body.status === 503) void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    void reply.code(body.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(body));
  }

  /** What the door itself refuses, and a probe that is told no, are answers, not faults. */
  #log({ status, code, instance }: Problem, thrown: unknown): void {
    if (status < 500 || code === 'NOT_READY' || thrown instanceof DoorError) return;
    if (status === 503) this.#logger.warn(`${code} at ${instance}: ${(thrown as Error).message}`);
    else this.#logger.error(`${code} at ${instance}`, stackOf(thrown));
  }
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
