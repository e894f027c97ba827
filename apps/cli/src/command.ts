import type { ParseArgsConfig } from 'node:util';

/** Flags by name, as `node:util` parses them. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** One verb of the command line. */
export interface Command {
  /** As it is typed: `dlq ls`. */
  readonly name: string;
  /** What stands behind the name: `<task> <json>`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Values of string options that are given without one. */
  readonly bare?: Readonly<Record<string, string>>;
  /** Number of arguments: at least, at most. */
  readonly args: readonly [number, number];
  /** @returns the exit code; 0 when nothing is returned. */
  run(args: readonly string[], flags: Flags, io: Io): Promise<number | void>;
}

/** Where a command writes. Results go to `out`, everything else to `err`, so that `--json` can be piped. */
export interface Io {
  out(text: string): void;
  /** Resolves when a reader has taken what was written to `out`: who writes much waits, for else it would be kept in memory. */
  taken(): Promise<void>;
  err(text: string): void;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const JSON_FLAG = { json: { type: 'boolean' } } as const;

/** A JSON document with a line end: what `--json` prints. */
export function printJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
