import { createReadStream } from 'node:fs';
import { open, rename, stat, unlink } from 'node:fs/promises';
import { SunbeonError } from '@sunbeon/core';
import { type Cluster, withCluster } from '../cluster.js';
import { type Command, type Flags, type Io, JSON_FLAG, printJson } from '../command.js';
import { deadLetters } from '../dead-letters.js';
import { ACT_FLAGS, ACT_USAGE, withOperator } from '../operating.js';
import { CHOICE_FLAGS, CHOICE_USAGE, choiceOf, wholeOf } from '../dlq-filter-flags.js';

export const dlqExport: Command = {
  name: 'dlq export',
  usage: `<queue> ${CHOICE_USAGE} [--limit <n>] [--out <file>]`,
  summary: 'buried records with their exact bytes, one line of JSON each',
  options: { ...JSON_FLAG, ...CHOICE_FLAGS, limit: { type: 'string' }, out: { type: 'string' } },
  args: [1, 1],
  async run([queue], flags, io) {
    const limit = wholeOf(flags, 'limit');
    const choice = choiceOf(flags, Date.now());
    const { out } = flags as { out?: string };
    const exportTo = (write: (lines: string) => Promise<void>): Promise<number> =>
      withCluster(io, (cluster) => deadLetters(cluster).export(queue, { ...choice, ...limit, write }));
    if (out === undefined) return void (await exportTo(toTerminal(io)));
    const exported = await intoFile(out, exportTo);
    if (flags['json']) return printJson(io, { exported, file: out });
    io.err(`${exported} exported to ${out}\n`);
  },
};

function toTerminal(io: Io): (lines: string) => Promise<void> {
  return async (lines) => {
    io.out(lines);
    await io.taken();
  };
}

/** The file is there when it is whole: until then it is called `<file>.part`. */
async function intoFile(
  path: string,
  exportTo: (write: (lines: string) => Promise<void>) => Promise<number>,
): Promise<number> {
  const part = `${path}.part`;
  const file = await open(part, 'w').catch((cause: unknown) => {
    throw new SunbeonError('OPTION_INVALID', `--out: ${(cause as Error).message}.`, { cause });
  });
  try {
    const exported = await exportTo(async (lines) => file.appendFile(lines));
    await file.sync();
    await file.close();
    await rename(part, path);
    return exported;
  } catch (error) {
    await file.close();
    await unlink(part);
    throw error;
  }
}

export const dlqImport: Command = {
  name: 'dlq import',
  usage: `<file> [--into <queue or DLQ>] ${ACT_USAGE}`,
  summary: 'puts exported records back into a DLQ; what lies there already is skipped',
  options: { ...JSON_FLAG, ...ACT_FLAGS, into: { type: 'string' } },
  args: [1, 1],
  async run([path], flags, io) {
    await readable(path!);
    const report = await withCluster(io, (cluster) => importInto({ io, flags, cluster }, path!));
    const { lines, imported, skipped, failed, error } = report;
    if (flags['json']) printJson(io, report);
    else io.out(`lines ${lines}, imported ${imported}, skipped ${skipped}, failed ${failed}\n`);
    if (error === undefined) return 0;
    io.err(`sunbeon: ${error.code}: ended at line ${error.line}: ${error.message} Run it again: it goes on there.\n`);
    return 1;
  },
};

/** Who imports is on the audit topic, as for every act; a dry run is none. */
async function importInto(
  at: { readonly io: Io; readonly flags: Flags; readonly cluster: Cluster },
  file: string,
): Promise<ImportReport> {
  const { into } = at.flags as { into?: string };
  const isDry = at.flags['dry-run'] === true;
  const given = into === undefined ? {} : { into };
  const run = () => deadLetters(at.cluster).import({ open: () => createReadStream(file), isDry, ...given });
  if (isDry) return run();
  return withOperator(at, (operator) =>
    operator.audited('import', { file, ...given }, async () => {
      const result = await run();
      const { lines, imported, skipped, failed } = result;
      return { result, counts: { lines, imported, skipped, failed } };
    }),
  );
}

type ImportReport = Awaited<ReturnType<ReturnType<typeof deadLetters>['import']>>;

async function readable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new SunbeonError('OPTION_INVALID', `"${path}" is no file.`, {
    hint: 'Give one that "sunbeon dlq export" has written; it is read twice, so it cannot be a pipe.',
  });
}
