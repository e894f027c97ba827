import { SunbeonError } from '@sunbeon/core';
import type { Command, Flags } from '../command.js';
import { DevSession } from '../dev/session.js';
import { readProject } from '../project.js';

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
    const session = new DevSession({ io, project, demo, once: flags['once'] === true, ports: readPorts(flags) });
    return session.run();
  },
};

/** `--port producer=3100 --port console=0`. */
function readPorts(flags: Flags): Record<string, number> {
  const given = (flags['port'] ?? []) as unknown as readonly string[];
  return Object.fromEntries(
    given.map((text) => {
      const match = /^([\w-]+)=(\d{1,5})$/.exec(text);
      if (match !== null && Number(match[2]) <= 65_535) return [match[1]!, Number(match[2])];
      throw new SunbeonError('OPTION_INVALID', `--port got "${text}".`, { hint: 'Give <app>=<port>, for example --port producer=3100.' }); // prettier-ignore
    }),
  );
}
