import { open, mkdir, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unlessErrno } from './errno.js';

/** Beyond this the log of earlier runs moves to `<name>.old`, so that logs cannot grow without end. */
const ROTATE_BYTES = 5_000_000;
const TAIL_BYTES = 16_000;
const TAIL_LINES = 15;

/** The log of one run: the file may hold earlier runs before `fromByte`. */
export interface RunLog {
  path: string;
  handle: FileHandle;
  fromByte: number;
}

/** Opens the log for appending. The caller closes `handle` once the child has its own copy. */
export async function openRunLog(path: string): Promise<RunLog> {
  await mkdir(dirname(path), { recursive: true });
  const before = await unlessErrno('ENOENT', stat(path));
  if (before !== undefined && before.size > ROTATE_BYTES) await rename(path, `${path}.old`);
  const handle = await open(path, 'a');
  return { path, handle, fromByte: (await handle.stat()).size };
}

/** The last lines that this run has logged, without the frames of stack traces: the reason stands above them. */
export async function tailOf(log: Pick<RunLog, 'path' | 'fromByte'>): Promise<string> {
  const handle = await open(log.path, 'r');
  try {
    const { size } = await handle.stat();
    const from = Math.max(log.fromByte, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - from)), { position: from });
    return lastLines(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

function lastLines(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines
    .filter((line) => !/^\s+(at |\.\.\. \d+ more)/.test(line))
    .slice(-TAIL_LINES)
    .join('\n');
}
