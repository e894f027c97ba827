import { once } from 'node:events';
import type { Io } from './command.js';
import { explain, runProgram } from './program.js';

const io: Io = {
  out: (text) => void process.stdout.write(text),
  taken: async () => void (process.stdout.writableNeedDrain && (await once(process.stdout, 'drain'))),
  err: (text) => void process.stderr.write(text),
  cwd: process.cwd(),
  env: process.env,
};

// Whoever reads us may have seen enough: `sunbeon dlq ls | head -1` is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  process.exitCode = await runProgram(process.argv.slice(2), io);
} catch (error) {
  io.err(`sunbeon: ${explain(error)}\n`);
  process.exitCode = 1;
}
