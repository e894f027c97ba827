import { Meter, type Rate } from '../meter.ts';
import { openRetries } from '../systems/sunbeon-retries.ts';
import type { Measure } from '../row.ts';
import type { Child, Scenario, Stage } from './scenario.ts';
import type { WorkOff } from './work-off.ts';

const WAIT_MS = 1_000;
const TENTHS_FAIL = 3;
const MAX_MS = 120_000;

interface Work extends WorkOff {
  readonly fails: boolean;
}

/** To the last task: what failed comes back behind all the others, so that nothing less has its share of retries. */
async function measure({ place }: Child, { fails, ...workOff }: Work): Promise<Rate> {
  const retries = await openRetries(place, [WAIT_MS]);
  const meter = new Meter(workOff);
  await retries.work(({ n }, { attempt }) => {
    if (fails && attempt === 1 && n % 10 < TENTHS_FAIL) throw new Error('a failure on purpose');
    meter.tick();
  });
  return meter.result();
}

export const scenario: Scenario = {
  name: 'retry-throughput',
  what: 'One worker works off a backlog of no-ops to the last one, 100 at once, while none fails, and while 30 % fail once and wait a second in a retry topic. A task counts when it has succeeded.',
  needs: ['retries'],
  parts: { measure },
  async run(stage) {
    const without = await workedOff(stage, false);
    const failing = await workedOff(stage, true);
    const of = (label: string, { perSecond, cpuMicrosPerTask, n }: Rate): Measure[] => [
      { metric: `throughput, ${label}`, value: perSecond, unit: '1/s', n },
      { metric: `CPU, ${label}`, value: cpuMicrosPerTask, unit: 'µs/task', n },
    ];
    const { n } = failing;
    return [
      ...of('none fails', without),
      ...of('30 % fail once', failing),
      { metric: 'throughput kept', value: (failing.perSecond / without.perSecond) * 100, unit: '%', n },
      { metric: 'CPU, 30 % / none', value: failing.cpuMicrosPerTask / without.cpuMicrosPerTask, unit: '×', n },
    ];
  },
};

async function workedOff(stage: Stage, fails: boolean): Promise<Rate> {
  const { work } = stage.system.pace;
  const count = stage.scaled(work * 5, work / 2);
  const warm = Math.round(count / 5);
  const place = stage.place({ order: 'none' });
  await stage.fill(place, { count: warm + count });
  return stage.run<Rate>('measure', place, { warm, count, maxMs: MAX_MS, fails } satisfies Work);
}
