import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { testCluster } from '@sunbeon/testing';
import { ROOT } from '../house/repository.js';
import { asPattern, type Block, normal } from './blocks.js';

/** Where the pages say that the API is. */
const API = 'http://127.0.0.1:3000';
const BETWEEN = '@@ end of a block @@';

/** Runs the blocks of a page in one shell, against a producer and a consumer of their own, and compares what they print. */
export async function runShellBlocks(blocks: readonly Block[]): Promise<void> {
  const { brokers, registryUrl, prefix } = testCluster();
  const env = {
    ...process.env,
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registryUrl,
    SUNBEON_TOPIC_PREFIX: prefix,
    PORT: '0',
    npm_config_loglevel: 'error', // npm's own warnings are not part of what a page shows
  };
  await using producer = await startApp('producer', env);
  await using _consumer = await startApp('consumer', env);
  const script = blocks.map(({ code }) => `${code}\necho '${BETWEEN}'\n`).join('');
  // The pages name topics as a deployment without a prefix does.
  const prefixed = script.replaceAll(/\b[\w.]+\.dlq\/|(?<=-t )\S+/g, (name) => prefix + name);
  const bash = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', prefixed.replaceAll(API, producer.url)], {
    cwd: ROOT,
    env,
  });
  const { stdout, stderr } = await bash.catch((error: { stdout: string; stderr: string }) => error);
  const printed = stdout.replaceAll(prefix, '').split(BETWEEN);
  const stuck = blocks[printed.length - 1];
  if (stuck !== undefined) throw new Error(`${stuck.at} fails, after it has printed\n${printed.at(-1)}${stderr}`);
  for (const [index, { at, output }] of blocks.entries()) {
    if (output === undefined || asPattern(output).test(normal(printed[index]!))) continue;
    throw new Error(`${at} shows\n${output}\nbut it prints\n${printed[index]}`);
  }
}

/** An app as it is deployed: from `dist`, until it says that it is ready. */
async function startApp(name: string, env: NodeJS.ProcessEnv): Promise<{ url: string } & AsyncDisposable> {
  const child = spawn(process.execPath, [join(ROOT, 'apps', name, 'dist', 'main.js')], { cwd: ROOT, env });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    const url = / ready on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, [Symbol.asyncDispose]: () => stop(child) };
  }
  throw new Error(`${name} ended before it was ready: ${said.join('')}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
