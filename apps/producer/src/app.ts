import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { AppModule } from './app.module.js';
import type { Door } from './door.js';
import { openApiDocument } from './openapi.js';
import { addParsers } from './parsers.js';
import { PROBLEM_TYPE, toProblem } from './problem.js';

/** Longer than any name or id that is accepted, so that those are refused by their own check, with their own words. */
const MAX_PARAM_LENGTH = 300;
/** How long a client may take to send its request, in milliseconds: long polls wait after it. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Builds the application; it listens to nothing yet. Logs warnings and errors only. */
export async function createApp(door: Door): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: door.bodyLimitBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A HEAD of an event stream would take a place in the waiting room, with nobody there to leave it.
    exposeHeadRoutes: false,
    // A request that came before the server stopped listening is served: the transport is stopped after the server.
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    clientErrorHandler: refuseMalformed,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(door), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: ['warn', 'error', 'fatal'],
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.addHook('onRequest', async (_request, reply) => void reply.header('x-content-type-options', 'nosniff'));
  addParsers(server);
  addDocs(app, door);
  return app;
}

function addDocs(app: NestFastifyApplication, door: Door): void {
  SwaggerModule.setup('docs', app, openApiDocument(door.contracts) as OpenAPIObject, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Sunbeon producer',
    // Without this the page asks a public validator about the document when it is not on localhost.
    swaggerOptions: { validatorUrl: null },
  });
}

/** Errors before any route is chosen, such as a malformed address. */
function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const body = toProblem(error, request.url);
  void reply.code(body.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(body));
}

/** Errors before there is a request: not HTTP, or headers beyond Node's 16 KiB. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify(toProblem({ statusCode: status }, '/'));
  const head = `HTTP/1.1 ${status} Refused\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
}
