import { parseArgs } from 'node:util';
import { SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import type { Command, Io } from './command.js';
import { dev } from './commands/dev.js';
import { dlqLs, dlqReplay, dlqShow } from './commands/dlq.js';
import { enqueue } from './commands/enqueue.js';
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
  dlqShow,
  dlqReplay,
];

/** Exit codes: 0 done, 1 failed, 2 the command line is wrong. */
async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv.length === 0 || argv.includes('--help') || argv[0] === 'help') {
    io.out(help());
    return 0;
  }
  const command = findCommand(argv);
  if (command === undefined) return misuse(io, `There is no command "${argv.slice(0, 2).join(' ')}".`, argv[0]!);
  let parsed;
  try {
    parsed = parseArgs({
      args: argv.slice(command.name.split(' ').length),
      options: command.options,
      allowPositionals: true,
    });
  } catch (error) {
    return misuse(io, (error as Error).message, argv[0]!);
  }
  const [least, most] = command.args;
  const { positionals, values } = parsed;
  if (positionals.length < least || positionals.length > most) return misuse(io, `Usage: sunbeon ${command.name} ${command.usage}`, argv[0]!); // prettier-ignore
  return (await command.run(positionals, values as Parameters<Command['run']>[1], io)) ?? 0;
}

/** The longest name that fits: `topology plan` before `topology`. */
function findCommand(argv: readonly string[]): Command | undefined {
  const words = (command: Command): string[] => command.name.split(' ');
  const fitting = COMMANDS.filter((command) => words(command).every((word, i) => argv[i] === word));
  return fitting.sort((a, b) => words(b).length - words(a).length)[0];
}

function misuse(io: Io, what: string, word: string): number {
  const names = COMMANDS.map((command) => command.name.split(' ')[0]!);
  const hint = names.includes(word) ? undefined : didYouMean(word, names);
  io.err(`sunbeon: ${what}${hint === undefined ? '' : ` ${hint}`} All commands: sunbeon help\n`);
  return 2;
}

function help(): string {
  const lines = COMMANDS.map(({ name, usage, summary }) => `  sunbeon ${name} ${usage}\n      ${summary}`);
  return `Tasks and events on Apache Kafka.\n\n${lines.join('\n')}\n\nThe cluster: KAFKA_BROKERS and SCHEMA_REGISTRY_URL, or the one that "npm start" runs here.\n`;
}

function explain(error: unknown): string {
  if (error instanceof SunbeonError) return `${error.code}: ${error.message}`;
  const { code, message, hint, stack } = error as { code?: string; message?: string; hint?: string; stack?: string };
  return hint === undefined ? (stack ?? String(error)) : `${code}: ${message} ${hint}`;
}

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  cwd: process.cwd(),
  env: process.env,
};

try {
  process.exitCode = await main(process.argv.slice(2), io);
} catch (error) {
  io.err(`sunbeon: ${explain(error)}\n`);
  process.exitCode = 1;
}
