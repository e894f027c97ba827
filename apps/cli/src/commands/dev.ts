import { SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import type { Command, Flags } from '../command.js';
import { DevSession } from '../dev/session.js';
import { type AppSettings, readProject } from '../project.js';

export const dev: Command = {
  name: 'dev',
  usage: '[--once] [--no-demo] [--port <app>=<port>]…',
  summary: 'runs the apps of sunbeon.json on an embedded Kafka (or KAFKA_BROKERS) until Ctrl-C',
  options: {
    once: { type: 'boolean' },
    'no-demo': { type: 'boolean' },
    port: { type: 'string', multiple: true },
  },
  args: [0, 0],
  async run(_args, flags, io) {
    const project = readProject(io.cwd);
    const demo = project.demo && !flags['no-demo'];
    const ports = readPorts(flags, project.apps);
    const session = new DevSession({ io, project, demo, once: flags['once'] === true, ports });
    return session.run();
  },
};

/** `--port producer=3100 --port console=0`. */
function readPorts(flags: Flags, apps: readonly AppSettings[]): Record<string, number> {
  const names = apps.map(({ name }) => name);
  const given = (flags['port'] ?? []) as unknown as readonly string[];
  return Object.fromEntries(
    given.map((text) => {
      const match = /^([\w-]+)=(\d{1,5})$/.exec(text);
      if (match === null || Number(match[2]) > 65_535) throw new SunbeonError('OPTION_INVALID', `--port got "${text}".`, { hint: 'Give <app>=<port>, for example --port producer=3100.' }); // prettier-ignore
      const [, name, port] = match;
      if (!names.includes(name!)) throw new SunbeonError('OPTION_INVALID', `--port ${text}: there is no app "${name}".`, { hint: didYouMean(name!, names) ?? `Apps of sunbeon.json: ${names.join(', ') || 'none'}.` }); // prettier-ignore
      return [name!, Number(port)];
    }),
  );
}
