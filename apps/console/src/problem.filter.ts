import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { SunbeonError } from '@sunbeon/core';
import type { FastifyReply } from 'fastify';

/** Every error as `application/problem+json` (RFC 9457). What we did not throw ourselves shows no detail. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const problem = toProblem(error);
    void host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .status(problem.status)
      .header('content-type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify(problem))); // bytes: fastify adds a charset to text, and JSON media types have none
  }
}

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
}

/** 503 for what may work later, 500 for what will not. */
function toProblem(error: unknown): Problem {
  if (error instanceof SunbeonError) {
    const status = error.retriable ? 503 : 500;
    return { title: 'The cluster could not be read', status, code: error.code, detail: error.message };
  }
  if (error instanceof HttpException) return { title: error.message, status: error.getStatus() };
  return { title: 'Internal error', status: 500 };
}
