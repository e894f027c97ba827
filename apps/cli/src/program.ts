import { parseArgs } from 'node:util';
import { SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import type { Command, Io } from './command.js';
import { dev } from './commands/dev.js';
import { dlqExport, dlqImport } from './commands/dlq-export.js';
import { dlqGroups, dlqLs } from './commands/dlq-ls.js';
import { dlqShow } from './commands/dlq-show.js';
import { auditLs } from './commands/audit.js';
import { dlqDiscard } from './commands/dlq-discard.js';
import { dlqEdit } from './commands/dlq-edit.js';
import { dlqReplay } from './commands/dlq-replay.js';
import { rerun } from './commands/rerun.js';
import { enqueue } from './commands/enqueue.js';
import { queueLs, queuePause, queueResume } from './commands/queue.js';
import { result } from './commands/result.js';
import { topology, topologyApply, topologyPlan } from './commands/topology.js';

const COMMANDS: readonly Command[] = [
  dev,
  enqueue,
  result,
  topology,
  topologyPlan,
  topologyApply,
  dlqLs,
  dlqGroups,
  dlqShow,
  dlqReplay,
  queueLs,
  queuePause,
  queueResume,
  dlqExport,
  dlqImport,
  dlqEdit,
  dlqDiscard,
  rerun,
  auditLs,
];

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 the command line is wrong. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  if (argv.length === 0 || argv.includes('--help') || argv[0] === 'help') {
    io.out(help());
    return 0;
  }
  const command = findCommand(argv);
  if (command === undefined) return misuse(io, unknownCommand(argv));
  let parsed;
  try {
    parsed = parseArgs({
      args: argv.slice(command.name.split(' ').length).map((word, at, all) => withDefault(command, word, all[at + 1])),
      options: command.options,
      allowPositionals: true,
    });
  } catch (error) {
    return misuse(io, `${(error as Error).message.split('. ')[0]}. Usage: sunbeon ${command.name} ${command.usage}.`);
  }
  const [least, most] = command.args;
  const { positionals, values } = parsed;
  if (positionals.length < least || positionals.length > most) return misuse(io, `Usage: sunbeon ${command.name} ${command.usage}.`); // prettier-ignore
  return (await command.run(positionals, values as Parameters<Command['run']>[1], io)) ?? 0;
}

/** The longest name that fits: `topology plan` before `topology`. */
function findCommand(argv: readonly string[]): Command | undefined {
  const words = (command: Command): string[] => command.name.split(' ');
  const fitting = COMMANDS.filter((command) => words(command).every((word, i) => argv[i] === word));
  return fitting.sort((a, b) => words(b).length - words(a).length)[0];
}

/** An option that may stand without a value gets its default: `--wait --json` is `--wait=30 --json`. */
function withDefault({ bare = {} }: Command, word: string, next: string | undefined): string {
  const value = word.startsWith('--') ? bare[word.slice(2)] : undefined;
  return value === undefined || !(next === undefined || next.startsWith('--')) ? word : `${word}=${value}`;
}

function unknownCommand([first, second]: readonly string[]): string {
  const names = COMMANDS.map(({ name }) => name);
  const family = names.filter((name) => name.startsWith(`${first} `));
  const typed = family.length > 0 && second !== undefined ? `${first} ${second}` : first!;
  const candidates = family.length > 0 ? family : names.map((name) => name.split(' ')[0]!);
  const hint = didYouMean(typed, candidates) ?? (family.length > 0 ? `There are: ${family.join(', ')}.` : undefined);
  return `There is no command "${typed}".${hint === undefined ? '' : ` ${hint}`}`;
}

function misuse(io: Io, what: string): number {
  io.err(`sunbeon: ${what} All commands: sunbeon help\n`);
  return 2;
}

function help(): string {
  const lines = COMMANDS.map(({ name, usage, summary }) => `  sunbeon ${name} ${usage}\n      ${summary}`);
  return `Tasks and events on Apache Kafka.\n\n${lines.join('\n')}\n\nThe cluster: KAFKA_BROKERS and SCHEMA_REGISTRY_URL, or the one that "npm start" runs here.\n`;
}

/** What went wrong, for a person; a stack only for what nobody foresaw. */
export function explain(error: unknown): string {
  if (error instanceof SunbeonError) return `${error.code}: ${error.message}`;
  const { code, message, hint, stack } = error as { code?: string; message?: string; hint?: string; stack?: string };
  return hint === undefined ? (stack ?? String(error)) : `${code}: ${message}${/[.!?]\s*$/.test(message!) ? '' : '.'} ${hint}`; // prettier-ignore
}
