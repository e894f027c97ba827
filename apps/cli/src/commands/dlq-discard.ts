import { withCluster } from '../cluster.js';
import { type Command, JSON_FLAG, printJson } from '../command.js';
import { FILTER_FLAGS, FILTER_USAGE, filterOf } from '../dlq-filter-flags.js';
import { ACT_FLAGS, ACT_USAGE, inTurn, targetsOf, withOperator } from '../operating.js';

export const dlqDiscard: Command = {
  name: 'dlq discard',
  usage: `<queue | topic/partition/offset …> --reason <text> ${FILTER_USAGE} ${ACT_USAGE}`,
  summary: 'hides buried records from now on; they stay on their topic until its retention',
  options: { ...JSON_FLAG, ...FILTER_FLAGS, ...ACT_FLAGS, reason: { type: 'string' } },
  args: [1, 1_000],
  async run(args, flags, io) {
    const { matched, done, skipped } = await withCluster(io, (cluster) =>
      withOperator({ io, flags, cluster }, async (operator) => {
        const reason = String(flags['reason'] ?? '');
        const order = { reason, filter: filterOf(flags, Date.now()), dryRun: flags['dry-run'] === true };
        return inTurn(await targetsOf(args, cluster), ({ queue, addresses }) =>
          operator.discard(queue, { ...order, ...(addresses && { addresses }) }),
        );
      }),
    );
    if (flags['json']) return printJson(io, { matched, discarded: done, skipped });
    io.out(`matched ${matched}, discarded ${done}${skipped === 0 ? '' : `, skipped ${skipped}`}\n`);
  },
};
