import { join } from 'node:path';
import { SunbeonError } from '@sunbeon/core';
import type { AppSettings, Project } from '../project.js';
import { AppProcess } from './app-process.js';
import { isFree } from './ports.js';
import type { DevServices } from './services.js';

export interface DeploymentOptions {
  readonly project: Project;
  readonly services: DevServices;
  /** For all apps, besides the addresses of Kafka and the registry. */
  readonly env: Readonly<Record<string, string>>;
  /** By app name, instead of the port in `sunbeon.json`. */
  readonly ports: Readonly<Record<string, number>>;
  notice(text: string): void;
}

/** Dead members hold their partitions for so long: short enough that a killed consumer does not stall a demo. */
const SESSION_TIMEOUT_MS = 10_000;

/** All processes of a project's apps. */
export class Deployment {
  readonly #apps: AppProcess[] = [];
  readonly #urls = new Map<string, string>();
  #stopping = false;

  constructor(private readonly options: DeploymentOptions) {}

  /** Address of the first replica of an app; undefined when there is no such app. */
  url(app: string): string | undefined {
    return this.#urls.get(app);
  }

  /** Process ids by name. */
  pids(): Record<string, number> {
    return Object.fromEntries(this.#apps.flatMap(({ spec, pid }) => (pid === undefined ? [] : [[spec.name, pid]])));
  }

  /** @throws SunbeonError `OPTION_INVALID` when a port is in use; Error when an app dies before it is ready */
  async start(): Promise<void> {
    await Promise.all(this.options.project.apps.map((app) => this.#startApp(app)));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#apps.map((app) => app.stop()));
  }

  kill(): void {
    this.#stopping = true;
    for (const app of this.#apps) app.kill();
  }

  async #startApp(app: AppSettings): Promise<void> {
    const replicas = Array.from({ length: app.replicas ?? 1 }, (_, index) => index);
    await Promise.all(replicas.map((index) => this.#startReplica(app, index)));
  }

  async #startReplica(app: AppSettings, index: number): Promise<void> {
    const { project, services, env, notice, ports } = this.options;
    const first = ports[app.name] ?? app.port ?? 0;
    const port = first === 0 ? 0 : first + index;
    if (port !== 0 && !(await isFree(port))) throw portInUse(app.name, port);
    if (this.#stopping) return; // stopped while the port was looked at: nothing may start any more
    const name = (app.replicas ?? 1) > 1 ? `${app.name}-${index + 1}` : app.name;
    const child = new AppProcess(
      {
        name,
        file: join(project.root, app.run),
        cwd: project.root,
        logFolder: join(project.root, '.sunbeon', 'logs'),
        env: {
          KAFKA_BROKERS: services.brokers,
          SCHEMA_REGISTRY_URL: services.registryUrl ?? '',
          SUNBEON_SOURCE: name,
          SUNBEON_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
          PORT: String(port),
          NO_COLOR: '1', // what an app says goes to a file
          ...env,
          ...app.env,
        },
      },
      notice,
    );
    this.#apps.push(child);
    const url = await child.start();
    if (index === 0) this.#urls.set(app.name, url);
  }
}

function portInUse(app: string, port: number): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `Port ${port} for ${app} is in use.`, {
    hint: `End what listens there, or choose another: npm start -- --port ${app}=${port + 100} (0 takes a free one).`,
    facts: { app, port },
  });
}
