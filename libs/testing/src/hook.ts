import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HookCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is answered to a call, from 0; nothing is answered until the promise resolves. */
export type HookAnswer = (call: HookCall, index: number) => HookReply | Promise<HookReply>;
export type HookReply = number | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }; // prettier-ignore

/** An HTTP server on 127.0.0.1 that notes what is posted to it. */
export interface Hook extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly HookCall[];
  /** Connections so far, also those over which nothing came. */
  readonly connections: number;
}

/** Use with `await using`; the end breaks what is still open. */
export async function startHook(answer: HookAnswer = () => 204): Promise<Hook> {
  const calls: HookCall[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      calls.push(call);
      void reply(response, answer(call, calls.length - 1));
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    calls,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function reply(response: ServerResponse, answered: ReturnType<HookAnswer>): Promise<void> {
  const given = await answered;
  const { status, headers = {}, body = '' } = typeof given === 'number' ? { status: given } : given;
  response.writeHead(status, headers).end(body);
}
