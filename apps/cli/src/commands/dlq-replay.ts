import { SunbeonError } from '@sunbeon/core';
import { withCluster } from '../cluster.js';
import { type Command, type Flags, type Io, JSON_FLAG, printJson } from '../command.js';
import { FILTER_FLAGS, FILTER_USAGE, filterOf } from '../dlq-filter-flags.js';
import {
  type Counts,
  inTurn,
  refuseBesideResume,
  SEND_BURIED_FLAGS,
  SEND_BURIED_USAGE,
  sendBuriedOptions,
  targetsOf,
  withOperator,
} from '../operating.js';

export const dlqReplay: Command = {
  name: 'dlq replay',
  usage: `<queue | topic/partition/offset …> ${FILTER_USAGE} ${SEND_BURIED_USAGE} | --resume <act>`,
  summary: 'sends buried records again, as they were; never twice unless --again',
  options: { ...JSON_FLAG, ...FILTER_FLAGS, ...SEND_BURIED_FLAGS, resume: { type: 'string' } },
  args: [0, 1_000],
  async run(args, flags, io) {
    const { resume } = flags as { readonly resume?: string };
    if ((resume === undefined) === (args.length === 0)) throw oneOfBoth();
    if (resume !== undefined) refuseBesideResume(flags);
    const counts = await withCluster(io, (cluster) =>
      withOperator({ io, flags, cluster }, async (operator) => {
        if (resume !== undefined) return operator.resume(resume);
        const order = { ...sendBuriedOptions(flags, cluster), filter: filterOf(flags, Date.now()) };
        const targets = await targetsOf(args, cluster);
        return inTurn(targets, ({ queue, addresses }) =>
          operator.replay(queue, { ...order, ...(addresses && { addresses }) }),
        );
      }),
    );
    return sayReplayed(counts, flags, io);
  },
};

function oneOfBoth(): SunbeonError {
  return new SunbeonError('OPTION_INVALID', 'A replay is of a queue or addresses, or goes on with another one.', {
    hint: 'Give a queue, or addresses, or --resume <act> alone.',
  });
}

/** @returns the exit code */
export function sayReplayed({ matched, done: replayed, skipped, failed }: Counts, flags: Flags, io: Io): number {
  if (flags['json']) printJson(io, { matched, replayed, skipped, failed });
  else {
    const rest = skipped === 0 ? '' : `, skipped ${skipped}`;
    io.out(`matched ${matched}, replayed ${replayed}, failed ${failed}${rest}\n`);
  }
  if (skipped > 0) io.err(`skipped ${skipped}: replayed before, or another replay is at them; with --again they go again\n`); // prettier-ignore
  return failed === 0 ? 0 : 1;
}
