import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Io } from '../command.js';
import { type Cluster, openCluster } from '../cluster.js';
import { runDemo } from '../demo/demo.js';
import { startMailbox, type Mailbox } from '../demo/mailbox.js';
import type { Project } from '../project.js';
import { banner } from './banner.js';
import { Deployment } from './deployment.js';
import { Progress } from './progress.js';
import { removeRunState, writeRunState } from './run-state.js';
import { type DevServices, openServices } from './services.js';

export interface DevOptions {
  readonly io: Io;
  readonly project: Project;
  readonly demo: boolean;
  /** End after the demo. */
  readonly once: boolean;
  readonly ports: Readonly<Record<string, number>>;
}

/** A terminal's Ctrl-C reaches npm, its script and us, and both pass it on: what comes within this time is one key press. */
const ONE_PRESS_MS = 300;

/** `npm start` from the first line to the last: services, apps, banner, demo, and a stop that leaves nothing behind. */
export class DevSession {
  readonly #progress: Progress;
  readonly #interrupted = Promise.withResolvers<'interrupted'>();
  #stopping = false;
  #opening: Promise<DevServices> | undefined;
  #services: DevServices | undefined;
  #mailbox: Mailbox | undefined;
  #deployment: Deployment | undefined;

  constructor(private readonly options: DevOptions) {
    this.#progress = new Progress(options.io);
  }

  /** @returns the exit code. */
  async run(): Promise<number> {
    const unlisten = this.#listen();
    try {
      const work = this.#work();
      work.catch(() => undefined); // raced below; after an interrupt its failure is a consequence, not news
      const ended = await Promise.race([work, this.#interrupted.promise]);
      return ended === 'interrupted' ? 0 : ended;
    } finally {
      await this.#stop();
      unlisten();
    }
  }

  async #work(): Promise<number> {
    const { io, project, demo, once } = this.options;
    const startedMs = Number(io.env['SUNBEON_STARTED_MS'] ?? Date.now());
    await this.#start();
    const services = this.#services!;
    const died = services.died.then((error): never => {
      if (!this.#stopping) this.#progress.say(`${error.message}; stopping the apps`); // which takes a while without Kafka
      throw error;
    });
    died.catch(() => undefined); // heard through the races below
    const readySeconds = (Date.now() - startedMs) / 1_000;
    await this.#sayReady(readySeconds);
    if (demo) {
      const cluster = await this.#cluster();
      const run = runDemo({ io, cluster, mailbox: this.#mailbox!, api: this.#deployment!.url('producer')!, root: project.root, readySeconds }); // prettier-ignore
      const added = await Promise.race([run, died]).finally(() => cluster.close());
      if (once || !added) return added ? 0 : 1;
    }
    io.out('Press Ctrl-C to stop.\n');
    return died;
  }

  async #start(): Promise<void> {
    const { io, project, demo, ports } = this.options;
    this.#opening = openServices(io, project.root, (text) => this.#progress.say(text));
    this.#services = await this.#progress.during(() => 'starting Kafka and the registry', this.#opening);
    if (this.#stopping) throw new Error('stopped while the services were starting'); // nobody hears it
    this.#mailbox = demo ? await startMailbox() : undefined;
    this.#deployment = new Deployment({
      project,
      services: this.#services,
      ports,
      env: this.#mailbox === undefined ? {} : { SMTP_URL: this.#mailbox.url, SUNBEON_DATA_DIR: join(project.root, '.sunbeon', 'demo') },
      notice: (text) => this.#notice(text),
    }); // prettier-ignore
    rmSync(join(project.root, '.sunbeon', 'logs'), { recursive: true, force: true });
    await this.#progress.during(() => 'starting the apps', this.#deployment.start());
    this.#writeState();
  }

  /** An app that was started again has another process id. */
  #notice(text: string): void {
    this.#progress.say(text);
    if (this.#deployment !== undefined) this.#writeState();
  }

  #writeState(): void {
    const [services, deployment] = [this.#services!, this.#deployment!];
    writeRunState(this.options.project.root, {
      pid: process.pid,
      brokers: services.brokers,
      registryUrl: services.registryUrl,
      api: deployment.url('producer'),
      console: deployment.url('console'),
      apps: deployment.pids(),
    });
  }

  async #sayReady(readySeconds: number): Promise<void> {
    const cluster = await this.#cluster();
    const rows = await cluster.admin.topology().finally(() => cluster.close());
    this.options.io.out(`${banner(rows, this.#deployment!, this.#services!)}\nready in ${readySeconds.toFixed(1)} s\n`);
  }

  #cluster(): Promise<Cluster> {
    return openCluster({ ...this.options.io, cwd: this.options.project.root }, this.#services!);
  }

  /** Apps first, then what they need. Each part is stopped though another fails to. */
  async #stop(): Promise<void> {
    this.#stopping = true;
    if (this.#deployment !== undefined) {
      await this.#progress.during(() => 'draining the apps', this.#deployment.stop());
    }
    await this.#mailbox?.stop();
    // Interrupted while they start: they are started first, then stopped in good order.
    const services = await this.#opening?.catch(() => undefined);
    await services?.stop();
    removeRunState(this.options.project.root, process.pid);
  }

  /** First signal: a graceful stop. Second: at once. */
  #listen(): () => void {
    let firstMs: number | undefined;
    const onSignal = (): void => {
      if (firstMs === undefined) {
        firstMs = Date.now();
        this.options.io.out('\nstopping … (Ctrl-C again stops at once)\n');
        this.#interrupted.resolve('interrupted');
      } else if (Date.now() - firstMs > ONE_PRESS_MS) {
        this.#deployment?.kill();
        process.exit(130);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    return () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
    };
  }
}
