import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Inject, Injectable } from '@nestjs/common';
import { ContractRegistry, SunbeonError } from '@sunbeon/core';
import { SUNBEON_CONFIG, type SunbeonConfig } from '../config.js';
import type { FoundBinding } from '../explorer.js';
import type { ThreadsOptions } from './options.js';
import { ThreadPool } from './pool.js';
import { handlerName } from './protocol.js';
import { HandlerThread } from './worker.js';

/** The handlers of this process that run in threads. Without any, there is no thread. */
@Injectable()
export class Threads {
  #pool: ThreadPool | undefined;

  constructor(@Inject(SUNBEON_CONFIG) private readonly config: SunbeonConfig) {}

  /**
   * Starts a thread, and finds the handlers there.
   * @returns the bindings, with those that are isolated handed to threads
   * @throws SunbeonError `OPTION_INVALID` without `threads`, `HANDLER_MISSING` where the threads' module lacks one, and whatever
   * that module fails with
   */
  async start(bindings: readonly FoundBinding[]): Promise<readonly FoundBinding[]> {
    const isolated = bindings.filter(({ isolate }) => isolate === 'thread');
    if (isolated.length === 0) return bindings;
    const options = this.config.threads ?? missingOption(isolated[0]!);
    const size = options.size ?? Math.max(1, availableParallelism() - 1);
    const contracts = new ContractRegistry([...this.config.contracts, ...bindings.map(({ contract }) => contract)]);
    const pool = (this.#pool = new ThreadPool(size, () => spawn(options, { contracts, log: this.config.log })));
    const there = await pool.start();
    const missing = isolated.find((binding) => !there.includes(handlerName(binding)));
    if (missing !== undefined) throw missingHandler(missing, options, there);
    return bindings.map((binding) => (binding.isolate === 'thread' ? inThread(binding, pool, size) : binding));
  }

  async stop(): Promise<void> {
    await this.#pool?.stop();
  }
}

/** As many at once as there are threads, unless said otherwise: more would be attempts that only wait. */
function inThread(binding: FoundBinding, pool: ThreadPool, size: number): FoundBinding {
  const handler = handlerName(binding);
  const policy = { ...binding.policy, concurrency: binding.policy.concurrency ?? size };
  const handle: FoundBinding['handle'] = (payload, context, over) => pool.run({ handler, payload, context, over });
  return Object.freeze({ ...binding, policy, handle });
}

function spawn(
  { module, export: name, maxOldSpaceMb }: ThreadsOptions,
  { contracts, log }: { readonly contracts: ContractRegistry; readonly log: boolean },
): HandlerThread {
  // By its package name: from the source (tests) it is found in the built package too, and a thread can run nothing else.
  const entry = pathToFileURL(createRequire(import.meta.url).resolve('@sunbeon/nest/thread'));
  const data = { sunbeon: 'thread', module: String(module), export: name, log } as const;
  return new HandlerThread({ entry, data, maxOldSpaceMb, contracts });
}

function missingOption({ where }: FoundBinding): never {
  throw new SunbeonError('OPTION_INVALID', `${where} is isolated in a thread, but SunbeonModule has no threads.module.`, {
    hint: "Name the module that provides it: threads: { module: new URL('./handlers.module.js', import.meta.url) }.",
    facts: { where },
  }); // prettier-ignore
}

function missingHandler(binding: FoundBinding, { module }: ThreadsOptions, there: readonly string[]): SunbeonError {
  const what = `${handlerName(binding)} is isolated in a thread, but the module of the threads does not provide it.`;
  return new SunbeonError('HANDLER_MISSING', what, {
    hint: `List its class in the providers of ${String(module)}. That module has: ${there.join(', ') || 'no handler'}.`,
    facts: { contract: binding.contract.name, where: binding.where },
  });
}
