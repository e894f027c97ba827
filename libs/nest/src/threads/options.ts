import { SunbeonError } from '@sunbeon/core';
import { refuseUnknownOptions } from '@sunbeon/core/options';

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
  if (!URL.canParse(String(module))) throw invalid('module', module, "Give a URL: new URL('./handlers.module.js', import.meta.url)."); // prettier-ignore
  checkWhole('size', size, 1_024);
  checkWhole('maxOldSpaceMb', maxOldSpaceMb, 1_048_576);
}

function checkWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw invalid(name, value, `Give a whole number from 1 to ${most}.`);
}

function invalid(option: string, value: unknown, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${WHERE}.${option} is ${String(value)}.`, {
    hint,
    facts: { option, value },
  });
}
