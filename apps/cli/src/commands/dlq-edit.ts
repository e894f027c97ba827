import { readFile } from 'node:fs/promises';
import { SunbeonError } from '@sunbeon/core';
import { findBuried } from '@sunbeon/kafka';
import { jsonSafe } from '@sunbeon/schema';
import { withCluster } from '../cluster.js';
import { type Command, type Flags, type Io, JSON_FLAG, printJson } from '../command.js';
import { SEND_BURIED_FLAGS, SEND_BURIED_USAGE, sendBuriedOptions, targetsOf, withOperator } from '../operating.js';
import { sayReplayed } from './dlq-replay.js';

type Change = { set: [string, unknown][] } | { payload: unknown };

export const dlqEdit: Command = {
  name: 'dlq edit',
  usage: `<topic/partition/offset> --set <field>=<json> … | --payload <json | @file> ${SEND_BURIED_USAGE}`,
  summary: 'sends a buried record again with another payload, checked against its contract',
  options: { ...JSON_FLAG, ...SEND_BURIED_FLAGS, set: { type: 'string', multiple: true }, payload: { type: 'string' } },
  args: [1, 1],
  async run(args, flags, io) {
    const change = await changeOf(flags);
    const { differences, counts } = await withCluster(io, (cluster) =>
      withOperator({ io, flags, cluster }, async (operator) => {
        const [{ queue, addresses }] = (await targetsOf(args, cluster)) as [Awaited<ReturnType<typeof targetsOf>>[0]];
        if (addresses === undefined) throw noAddress(args[0]!);
        const { record } = await findBuried(cluster.road, queue, addresses[0]!);
        const { codec, contracts } = cluster;
        const options = { codec, contracts, toJson: jsonSafe, change, ...sendBuriedOptions(flags, cluster) };
        return operator.edit(queue, record, options);
      }),
    );
    if (!flags['json']) {
      for (const one of differences) sayDifference(one, io);
      return sayReplayed(counts, flags, io);
    }
    const { matched, done: replayed, skipped, failed } = counts;
    printJson(io, { differences, matched, replayed, skipped, failed });
    return failed === 0 ? 0 : 1;
  },
};

function sayDifference({ path, before, after }: { path: string; before: unknown; after: unknown }, io: Io): void {
  const name = path === '' ? 'payload' : path;
  if (before !== undefined) io.out(`- ${name}: ${JSON.stringify(before)}\n`);
  if (after !== undefined) io.out(`+ ${name}: ${JSON.stringify(after)}\n`);
}

async function changeOf(flags: Flags): Promise<Change> {
  const set = flags['set'] as unknown as readonly string[] | undefined;
  const payload = flags['payload'] as string | undefined;
  if ((set === undefined) === (payload === undefined)) {
    const what = set === undefined ? 'An edit says what shall be another.' : '--set and --payload are both given.';
    throw new SunbeonError('OPTION_INVALID', what, {
      hint: 'Give --set <field>=<json> any number of times, or --payload <json | @file>.',
    });
  }
  if (payload === undefined) return { set: set!.map(assignment) };
  const text = payload.startsWith('@') ? await textOf(payload.slice(1)) : payload;
  return { payload: json(text, '--payload') };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SunbeonError('OPTION_INVALID', `--payload: ${(cause as Error).message}.`, {
      hint: 'Give a file of JSON that can be read: --payload @file.json.',
      cause,
    });
  }
}

/** The first `=` behind the field's name; a name in brackets may contain one. */
function assignment(text: string): [string, unknown] {
  const match = /^((?:[^="[]|\[(?:\d+|"(?:[^"\\]|\\.)*")\])+)=([\s\S]*)$/.exec(text);
  if (match !== null) return [match[1]!, json(match[2]!, `--set ${match[1]}`)];
  throw new SunbeonError('OPTION_INVALID', `--set got "${text}".`, {
    hint: `Give <field>=<json>, for example --set width=128 or --set 'user.name="Ada"'.`,
  });
}

function json(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SunbeonError('PAYLOAD_INVALID', `${where} is no JSON: ${(cause as Error).message}.`, {
      hint: `Text stands in quotes, and the whole in quotes for your shell: --set 'name="Ada"'.`,
      cause,
    });
  }
}

function noAddress(text: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `"${text}" is no address of a buried record.`, {
    hint: 'Copy one from "sunbeon dlq ls": <topic>/<partition>/<offset>.',
  });
}
