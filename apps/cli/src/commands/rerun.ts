import { SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import { type Cluster, withCluster } from '../cluster.js';
import { type Command, type Flags, JSON_FLAG } from '../command.js';
import { filterOf } from '../dlq-filter-flags.js';
import { refuseBesideResume, SEND_FLAGS, SEND_USAGE, sendOptions, whole, withOperator } from '../operating.js';
import { sayReplayed } from './dlq-replay.js';
import { rerunShadow, SHADOW_FLAGS, SHADOW_USAGE } from './rerun-shadow.js';

const RANGE = {
  since: { type: 'string' },
  until: { type: 'string' },
  partition: { type: 'string' },
  'from-offset': { type: 'string' },
  'to-offset': { type: 'string' },
} as const;

export const rerun: Command = {
  name: 'rerun',
  usage: `<queue | topic> (--since <time> [--until <time>] | --partition <p> --from-offset <a> [--to-offset <b>]) [--contract <name>] [--key <key>] [--id <id>] ${SEND_USAGE} | ${SHADOW_USAGE} | --resume <act>`,
  summary: 'runs messages of the past again, each once, whatever became of them',
  options: {
    ...{ ...JSON_FLAG, ...SEND_FLAGS, ...SHADOW_FLAGS, ...RANGE },
    ...{ contract: { type: 'string' }, key: { type: 'string' }, id: { type: 'string' }, resume: { type: 'string' } },
  },
  args: [0, 1],
  async run([name], flags, io) {
    const { resume } = flags as { readonly resume?: string };
    if ((resume === undefined) === (name === undefined)) throw oneOfBoth();
    if (resume !== undefined) refuseBesideResume(flags);
    if (flags['shadow'] === true && name !== undefined) {
      const { contract, key, id } = flags;
      return rerunShadow(name, { ...rangeOf(flags), contract, key, id }, { flags, io });
    }
    refuseOfShadow(flags);
    const counts = await withCluster(io, (cluster) =>
      withOperator({ io, flags, cluster }, async (operator) => {
        if (resume !== undefined) return operator.resume(resume);
        const { since: _since, until: _until, ...rest } = flags;
        const order = { filter: filterOf(rest, Date.now()), range: rangeOf(flags), ...sendOptions(flags, cluster) };
        return operator.rerun(await topicOf(name!, cluster), order);
      }),
    );
    return sayReplayed(counts, flags, io);
  },
};

/** A rerun for real goes to whoever consumes the queue. */
function refuseOfShadow(flags: Flags): void {
  const stray = Object.keys(SHADOW_FLAGS).find((name) => flags[name] !== undefined);
  if (stray === undefined) return;
  throw new SunbeonError('OPTION_INVALID', `--${stray} is of a shadow of one queue.`, {
    hint: 'Give a queue and --shadow.',
  });
}

function oneOfBoth(): SunbeonError {
  return new SunbeonError('OPTION_INVALID', 'A rerun is of a queue or topic, or goes on with another one.', {
    hint: 'Give a queue, or --resume <act> alone.',
  });
}

/** A whole topic is never meant by leaving something out. */
function rangeOf(flags: Flags) {
  const { partition, 'from-offset': from, 'to-offset': to } = flags as Readonly<Record<string, string | undefined>>;
  const { sinceMs, untilMs } = filterOf({ since: flags['since'], until: flags['until'] }, Date.now());
  const isByOffset = partition !== undefined && from !== undefined;
  if ((!isByOffset && sinceMs === undefined) || (partition === undefined && (from ?? to) !== undefined)) {
    throw new SunbeonError('OPTION_INVALID', 'A rerun has a range.', {
      hint: 'Give --since <time>, with or without --until; or --partition, --from-offset, and --to-offset.',
    });
  }
  return {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(partition === undefined ? {} : { partition: whole('partition', partition, 0) }),
    ...(from === undefined ? {} : { from: whole('from-offset', from, 0) }),
    ...(to === undefined ? {} : { to: whole('to-offset', to, 0) }),
  };
}

async function topicOf(name: string, { admin }: Cluster): Promise<string> {
  const rows = await admin.topology();
  const row = rows.find(({ queue, topic }) => name === queue || name === topic);
  if (row !== undefined) return row.topic;
  const known = rows.map(({ queue }) => queue);
  throw new SunbeonError('CONTRACT_UNKNOWN', `There is no queue or event topic "${name}".`, {
    hint: didYouMean(name, known) ?? `Known: ${known.join(', ')}.`,
    facts: { queue: name },
  });
}
