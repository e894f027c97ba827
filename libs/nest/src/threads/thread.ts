/** The entry of a worker thread: the application's module, its handlers, and nothing that reads or writes Kafka. */
import 'reflect-metadata';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { SunbeonError } from '@sunbeon/core';
import { Explorer, type FoundBinding } from '../explorer.js';
import { Invoker } from '../invoker.js';
import { MetadataAccessor } from '../metadata.accessor.js';
import { pack, packError, unpack } from './parcel.js';
import {
  type ContextFacts,
  type FromThread,
  handlerName,
  isThread,
  type ThreadData,
  type ToThread,
} from './protocol.js';
import { ThreadAttempt } from './thread-context.js';

@Module({ imports: [DiscoveryModule], providers: [Explorer, Invoker, MetadataAccessor] })
class ThreadModule {}

class Thread {
  #current: ThreadAttempt | undefined;

  constructor(
    private readonly port: MessagePort,
    private readonly app: INestApplicationContext,
    private readonly handlers: ReadonlyMap<string, FoundBinding>,
  ) {}

  listen(): void {
    this.port.on('message', (message: ToThread) => this.#received(message));
    this.#post({ kind: 'ready', handlers: [...this.handlers.keys()] });
  }

  #received(message: ToThread): void {
    if (message.kind === 'run') return void this.#run(message);
    if (message.kind === 'stop') return void this.#stop();
    const current = this.#current?.run === message.run ? this.#current : undefined;
    if (message.kind === 'abort') current?.abort(message.reason);
    if (message.kind === 'sent') current?.sent(message.call, message.id);
    if (message.kind === 'unsent') current?.unsent(message.call, message.error);
  }

  async #run({ run, handler, task }: Extract<ToThread, { kind: 'run' }>): Promise<void> {
    const { facts, payload } = unpack(task) as { facts: ContextFacts; payload: unknown };
    const attempt = (this.#current = new ThreadAttempt(run, facts, (message) => this.#post(message)));
    try {
      const output = await this.handlers.get(handler)!.handle(payload, attempt.context(), new AbortController());
      this.#post({ kind: 'done', run, output: pack(output) });
    } catch (thrown) {
      this.#post({ kind: 'thrown', run, error: packError(thrown), isReason: attempt.isReason(thrown) });
    }
  }

  async #stop(): Promise<void> {
    await this.app.close();
    process.exit(0); // of this thread only: what the application left open must not keep it
  }

  #post(message: FromThread): void {
    this.port.postMessage(message);
  }
}

/** @throws whatever the module or its providers throw */
async function boot(port: MessagePort, data: ThreadData): Promise<Thread> {
  const imports = [await moduleOf(data)];
  const root = { module: ThreadModule, imports };
  const app = await NestFactory.createApplicationContext(root, { logger: data.log ? ['warn', 'error', 'fatal'] : false, abortOnError: false }); // prettier-ignore
  const handlers = app.get(Explorer).explore().map((found) => [handlerName(found), found] as const); // prettier-ignore
  return new Thread(port, app, new Map(handlers));
}

/** @throws SunbeonError `OPTION_INVALID` */
async function moduleOf({ module, export: name }: ThreadData): Promise<Type<unknown>> {
  const exported = (await import(module)) as Record<string, unknown>;
  const classes = Object.keys(exported).filter((key) => typeof exported[key] === 'function');
  const chosen = name ?? (classes.length === 1 ? classes[0]! : 'default');
  if (typeof exported[chosen] === 'function') return exported[chosen] as Type<unknown>;
  const what = name === undefined && classes.length > 1 ? 'has more than one class' : `has no class "${chosen}"`;
  throw new SunbeonError('OPTION_INVALID', `threads.module: ${module} ${what}.`, {
    hint: `Say which of its exports is the module with threads.export: ${classes.join(', ') || 'it has no class'}.`,
    facts: { module, classes },
  });
}

if (parentPort !== null && isThread(workerData)) {
  const port = parentPort;
  boot(port, workerData).then(
    (thread) => thread.listen(),
    (error: unknown) => {
      port.postMessage({ kind: 'refused', error: packError(error) } satisfies FromThread);
      process.exitCode = 1;
    },
  );
}
