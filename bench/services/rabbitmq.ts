import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, freePort, HOST, type RunningProcess, startProcess } from './process.ts';
import type { Service } from './service.ts';

/** Where Debian keeps the program behind its wrapper: that one insists on its own user, data folder and node. */
const BEHIND_THE_WRAPPER = '/usr/lib/rabbitmq/bin';
const INSTALLED = '/usr/lib/rabbitmq/lib';

function program(): string | undefined {
  const found = findProgram('rabbitmq-server');
  const behind = join(BEHIND_THE_WRAPPER, 'rabbitmq-server');
  return found !== undefined && existsSync(behind) ? behind : found;
}

/** A node of its own: name, ports, data, cookie and port mapper (epmd) are nobody else's. */
const rabbitmq: Service = {
  name: 'rabbitmq',
  missing: () =>
    program() === undefined || findProgram('epmd') === undefined
      ? 'rabbitmq-server is missing (Debian, Ubuntu: apt-get install rabbitmq-server)'
      : undefined,
  async start(folder) {
    const epmdPort = await freePort();
    const epmd = await startProcess({
      name: 'epmd',
      path: findProgram('epmd')!,
      args: ['-port', String(epmdPort), '-address', HOST],
      cwd: folder,
      logFile: join(folder, 'epmd.log'),
      port: epmdPort,
    });
    try {
      return await startNode(folder, epmdPort, epmd);
    } catch (error) {
      await epmd.stop();
      throw error;
    }
  },
};

async function startNode(folder: string, epmdPort: number, epmd: RunningProcess) {
  const port = await freePort();
  const server = await startProcess({
    name: 'rabbitmq',
    path: program()!,
    args: [],
    env: await settings(folder, { port, epmdPort }),
    cwd: folder,
    logFile: join(folder, 'rabbitmq.log'),
    port,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await epmd.stop();
  };
  return { version: `RabbitMQ ${versionOf()}`, address: `amqp://guest:guest@${HOST}:${port}`, stop };
}

async function settings(folder: string, { port, epmdPort }: { port: number; epmdPort: number }) {
  const at = (name: string): string => join(folder, name);
  for (const name of ['data', 'log', 'home']) await mkdir(at(name));
  await writeFile(at('rabbitmq.conf'), `listeners.tcp.1 = ${HOST}:${port}\nlog.console = true\nlog.file = false\n`);
  await writeFile(at('plugins'), '[].');
  await writeFile(at('env.conf'), '');
  return {
    HOME: at('home'),
    RABBITMQ_NODENAME: 'bench@localhost',
    RABBITMQ_CONF_ENV_FILE: at('env.conf'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('plugins'),
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_PID_FILE: at('pid'),
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: HOST,
    // No busy waiting: an idle Erlang must not take a core from the one that is measured.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
    RUNNING_UNDER_SYSTEMD: 'true', // the script makes room for the server, which then gets our signals itself
  };
}

function versionOf(): string {
  try {
    const folder = readdirSync(INSTALLED).find((name) => name.startsWith('rabbitmq_server-'));
    return folder?.slice('rabbitmq_server-'.length) ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

export const services: readonly Service[] = [rabbitmq];
