import { join } from 'node:path';
import type { ShadowReport } from '@sunbeon/core/shadow';
import { type Failure, SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import { type Cluster, withCluster } from '../cluster.js';
import { type Flags, type Io, printJson } from '../command.js';
import { runShadow } from '../dev/shadow-process.js';
import { whole, withOperator } from '../operating.js';
import { type AppSettings, readProject } from '../project.js';

/** Options of a rerun that is a shadow. */
export const SHADOW_FLAGS = {
  shadow: { type: 'boolean' },
  app: { type: 'string' },
  'max-records': { type: 'string' },
  concurrency: { type: 'string' },
} as const;
export const SHADOW_USAGE = '--shadow [--app <name>] [--max-records <n>] [--concurrency <n>]';

/** Nothing is sent, so none of these means anything. */
const OF_SENDING = ['to', 'once', 'again'];
const APP = 'consumer';

/**
 * Runs a range of the past in a process of the deployment's consumer app, started for it, and says what would become of it today.
 * @param range with what `SUNBEON_SHADOW` takes besides the flags here
 * @returns the exit code: 1 when a message fails that did not, or has another output
 */
export async function rerunShadow(
  queue: string,
  range: object,
  { flags, io }: { readonly flags: Flags; readonly io: Io },
): Promise<number> {
  const stray = OF_SENDING.find((name) => flags[name] !== undefined);
  if (stray !== undefined) throw new SunbeonError('OPTION_INVALID', `A shadow sends nothing, so --${stray} means nothing.`); // prettier-ignore
  const dryRun = flags['dry-run'] === true;
  const shadow = { queue, ...range, ...numbersOf(flags), dryRun };
  const report = await withCluster(io, (cluster) => {
    const run = () => runApp(shadow, { cluster, flags, io });
    if (dryRun) return run();
    return withOperator({ io, flags, cluster }, (operator) =>
      operator.audited('shadow', shadow, async () => {
        const result = await run();
        return { result, counts: countsOf(result) };
      }),
    );
  });
  return say(report, flags, io);
}

function numbersOf(flags: Flags): Record<string, number> {
  const named = { maxRecords: 'max-records', concurrency: 'concurrency', rate: 'rate' };
  const given = Object.entries(named).filter(([, flag]) => typeof flags[flag] === 'string');
  return Object.fromEntries(given.map(([option, flag]) => [option, whole(flag, flags[flag] as string)]));
}

type Report = ShadowReport & { readonly error?: Failure };

/** Nothing but the range says what it does; the rest is as the app is run in `sunbeon dev`. */
function runApp(
  shadow: object,
  on: { readonly cluster: Cluster; readonly flags: Flags; readonly io: Io },
): Promise<Report> {
  const { root, apps } = readProject(on.io.cwd);
  const app = appOf(apps, on.flags['app'] as string | undefined);
  const { brokers, registryUrl } = on.cluster.at;
  const env = {
    KAFKA_BROKERS: brokers,
    SCHEMA_REGISTRY_URL: registryUrl ?? '',
    SUNBEON_SHADOW: JSON.stringify(shadow),
    NO_COLOR: '1',
    ...app.env,
  };
  return runShadow({ name: 'shadow', file: join(root, app.run), cwd: root, logFolder: join(root, '.sunbeon', 'logs'), env }); // prettier-ignore
}

function appOf(apps: readonly AppSettings[], name = APP): AppSettings {
  const app = apps.find((one) => one.name === name);
  if (app !== undefined) return app;
  const names = apps.map((one) => one.name);
  throw new SunbeonError('OPTION_INVALID', `There is no app "${name}" in sunbeon.json.`, {
    hint:
      didYouMean(name, names) ??
      `Say with --app which of them has the handlers: ${names.join(', ') || 'there is none'}.`,
    facts: { app: name },
  });
}

function countsOf({ matched, compared, same, different, mended, failed, unknown }: Report): Record<string, number> {
  return { matched, compared, same, different, mended, failed, unknown };
}

/** @returns the exit code */
function say(report: Report, flags: Flags, io: Io): number {
  const { matched, compared, examples, followUps, error, ...rest } = report;
  if (flags['json']) printJson(io, report);
  else {
    const { same, different, mended, failed, unknown } = rest;
    for (const one of examples) io.out(`${one.judgement}  ${one.address}  ${one.contract}  ${one.id}\n  was ${one.was ?? 'not known'}\n  is  ${one.is}\n`); // prettier-ignore
    const unsent = Object.entries(followUps).map(([contract, count]) => `${contract} ${count}`);
    if (unsent.length > 0) io.out(`not sent: ${unsent.join(', ')}\n`);
    io.out(`matched ${matched}, compared ${compared}: same ${same}, different ${different}, mended ${mended}, failed ${failed}, unknown ${unknown}\n`); // prettier-ignore
  }
  if (error !== undefined) io.err(`it did not come to its end: ${error.code}: ${error.message}\n`);
  return report.different + report.failed === 0 && error === undefined ? 0 : 1;
}
