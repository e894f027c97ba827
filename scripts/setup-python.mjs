// Python with confluent-kafka, for the scenario in which a client that is not ours reads our events. For CI; on a user's machine
// that scenario is skipped with a line that says how to get it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureDebianPackages } from './setup-machine.mjs';

const exec = promisify(execFile);
/** What `confluent-kafka[avro]` needs, as prebuilt wheels only: nothing is compiled here. */
const PACKAGES = ['confluent-kafka', 'attrs', 'fastavro', 'httpx', 'authlib', 'cachetools'];

/**
 * A virtual environment under `.sunbeon/python`; does nothing where it is complete.
 * @throws {Error} with the output of what failed
 */
export async function ensurePython({ root, log = console.log }) {
  const folder = join(root, '.sunbeon', 'python');
  const python = join(folder, 'bin', 'python3');
  if (await succeeds(python, ['-c', 'import confluent_kafka.schema_registry.avro'])) return;
  log('installing Python packages for the scenarios with a foreign client …');
  if (!(await succeeds('python3', ['-m', 'venv', '--clear', folder]))) {
    await ensureDebianPackages(['python3', 'python3-venv'], log);
    await exec('python3', ['-m', 'venv', '--clear', folder]);
  }
  await exec(python, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', ...PACKAGES]);
}

async function succeeds(command, args) {
  return exec(command, args).then(
    () => true,
    () => false, // not there, or not complete: what is missing is installed next
  );
}
