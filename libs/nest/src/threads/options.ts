import { checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';

/** Where handlers with `isolate: 'thread'` run. */
export interface ThreadsOptions {
  /**
   * The built file of a module that provides these handlers and what they need: `new URL('./handlers.module.js', import.meta.url)`.
   * Each thread has an application of it. It does not import `SunbeonModule`: threads have no transport.
   */
  readonly module: URL | string;
  /** The module's name among the exports of its file. Default: its only class, or the default export. */
  readonly export?: string;
  /** How many threads at most. Default: one less than there are cores, 1 at least. */
  readonly size?: number;
  /** Heap of one thread, in MiB; one that needs more ends, and its attempt fails with `THREAD_DIED`. Default: Node's. */
  readonly maxOldSpaceMb?: number;
}

const WHERE = 'SunbeonModule: threads';

/** @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function checkThreads(options: ThreadsOptions): void {
  refuseUnknownOptions(options, ['module', 'export', 'size', 'maxOldSpaceMb'], WHERE);
  const { module, size = 1, maxOldSpaceMb = 1 } = options;
  if (!URL.canParse(String(module))) throw invalidOption(`${WHERE}.module`, module, "Give a URL: new URL('./handlers.module.js', import.meta.url)."); // prettier-ignore
  checkWhole(`${WHERE}.size`, size, { least: 1, most: 1_024 });
  checkWhole(`${WHERE}.maxOldSpaceMb`, maxOldSpaceMb, { least: 1, most: 1_048_576 });
}
