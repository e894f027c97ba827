import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process of an app is started with. */
export interface AppSpec {
  /** `consumer-2`. */
  readonly name: string;
  /** The JavaScript file. */
  readonly file: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFolder: string;
}

const RESTART_FIRST_MS = 500;
const RESTART_LONGEST_MS = 10_000;
/** Apps drain for less; who takes longer is ended by force. */
const STOP_TIMEOUT_MS = 40_000;
const LOG_TAIL_LINES = 12;

/** An app that ended before it was ready, with the end of its log: the reason is the app's own words. */
export class AppFailed extends Error {
  readonly code = 'APP_FAILED';
  readonly hint = 'Its whole log is in .sunbeon/logs.';

  // eslint-disable-next-line max-params -- the last one is hardly ever given
  constructor(app: string, how: string, log: string, done = 'ready') {
    super(`${app} ended before it was ${done} (${how}). The end of its log:\n\n${log}\n\n`);
  }
}

/**
 * One process of an app, started again when it dies. It is in a process group of its own, so that Ctrl-C in the terminal
 * reaches only us, and has a channel to us, so that it stops when we are gone.
 */
export class AppProcess {
  #child: ChildProcess | undefined;
  #stopping = false;
  #restartMs = RESTART_FIRST_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly spec: AppSpec,
    private readonly notice: (text: string) => void,
  ) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @returns the address that the app says it is ready on. @throws Error with the end of its log when it dies before. */
  start(): Promise<string> {
    return this.#spawn();
  }

  /** SIGTERM, then SIGKILL when it takes too long. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(force);
  }

  kill(): void {
    this.#stopping = true;
    this.#child?.kill('SIGKILL');
  }

  #spawn(): Promise<string> {
    const { name, file, cwd, env, logFolder } = this.spec;
    mkdirSync(logFolder, { recursive: true });
    const log = openSync(join(logFolder, `${name}.log`), 'a');
    const child = spawn(process.execPath, ['--enable-source-maps', '--disable-warning=ExperimentalWarning', file], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    return new Promise((resolve, reject) => {
      let ready = false;
      child.once('error', reject);
      child.on('message', (message: { ready?: string }) => {
        if (message.ready === undefined) return;
        ready = true;
        this.#restartMs = RESTART_FIRST_MS;
        resolve(message.ready);
      });
      child.once('exit', (code, signal) => {
        if (!ready) reject(new AppFailed(name, signal ?? `exit code ${code}`, logTail(this.spec)));
        else this.#died(signal ?? `exit code ${code}`);
      });
    });
  }

  #died(how: string): void {
    if (this.#stopping) return;
    this.notice(`${this.spec.name} died (${how}), starting it again in ${this.#restartMs} ms`);
    this.#timer = setTimeout(() => {
      this.#spawn().then(
        () => this.notice(`${this.spec.name} is back`),
        (error: Error) => this.#died(error.message),
      );
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_LONGEST_MS);
  }
}

/** What it said last. */
export function logTail({ logFolder, name }: AppSpec): string {
  const text = readFileSync(join(logFolder, `${name}.log`), 'utf8');
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
