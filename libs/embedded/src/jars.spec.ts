import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureBundle, isComplete } from './jars.js';
import { BUNDLE, VERSIONS, cacheRoot } from './layout.js';
import type { Run } from './run.js';

const JARS = [
  ['kafka', `kafka_${VERSIONS.scala}-${VERSIONS.kafka}.jar`],
  ['registry', `apicurio-registry-app-${VERSIONS.registry}-runner.jar`],
] as const;

let cacheDir: string;
let runs: string[][];

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'sunbeon-jars-'));
  runs = [];
});
afterEach(() => rm(cacheDir, { recursive: true }));

/** A Maven that makes the files it was asked for, all or only the first. */
function fakeMaven(count: number = JARS.length): Run {
  return async (_command, args, options) => {
    runs.push([...args]);
    for (const [folder, jar] of JARS.slice(0, count)) {
      await mkdir(join(options?.cwd ?? '', folder));
      await writeFile(join(options?.cwd ?? '', folder, jar), '');
    }
    return { code: 0, output: '' };
  };
}

const ensure = (run: Run) => ensureBundle({ cacheDir, run, maven: '/bin/mvn' });

describe('ensureBundle', () => {
  it('fetches once and leaves nothing but the whole bundle', async () => {
    const dir = await ensure(fakeMaven());
    expect(await isComplete(dir)).toBe(true);
    await ensure(fakeMaven());
    expect(runs).toEqual([['-B', '-ntp', 'generate-resources']]);
    expect(await readdir(cacheDir)).toEqual([BUNDLE]);
  });

  it('fetches once for two at the same time', async () => {
    const dirs = await Promise.all([ensure(fakeMaven()), ensure(fakeMaven())]);
    expect(new Set(dirs).size).toBe(1);
    expect(runs).toHaveLength(1);
  });

  it('replaces a folder without a marker and removes what a killed install left', async () => {
    await mkdir(join(cacheDir, BUNDLE, 'kafka'), { recursive: true });
    await writeFile(join(cacheDir, BUNDLE, 'kafka', 'half.jar'), '');
    await mkdir(join(cacheDir, `.${BUNDLE}-killed`));
    const dir = await ensure(fakeMaven());
    expect(await readdir(join(dir, 'kafka'))).toEqual([JARS[0][1]]);
    expect(await readdir(cacheDir)).toEqual([BUNDLE]);
  });

  it('tells what Maven said and keeps nothing when it fails', async () => {
    const output = '[INFO] Scanning\n[ERROR] Unknown host repo.example\n[ERROR] \n[ERROR] Re-run with -e';
    await expect(ensure(async () => ({ code: 1, output }))).rejects.toMatchObject({
      code: 'EMBEDDED_DOWNLOAD_FAILED',
      message: expect.stringContaining('Unknown host repo.example'),
    });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('refuses a download without the jar that matters', async () => {
    await expect(ensure(fakeMaven(1))).rejects.toMatchObject({
      code: 'EMBEDDED_DOWNLOAD_FAILED',
      message: expect.stringContaining(JARS[1][1]),
    });
    await expect(access(join(cacheDir, BUNDLE))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says that Maven is missing', async () => {
    const none = ensureBundle({ cacheDir, run: fakeMaven(), maven: undefined });
    await expect(none).rejects.toMatchObject({ code: 'EMBEDDED_NO_MAVEN' });
  });
});

describe('isComplete', () => {
  it('does not take the marker of another version', async () => {
    await writeFile(join(cacheDir, 'complete'), 'kafka-1.0.0\n');
    expect(await isComplete(cacheDir)).toBe(false);
  });
});

describe('cacheRoot', () => {
  it('prefers SUNBEON_CACHE, then XDG_CACHE_HOME, then the home folder', () => {
    expect(cacheRoot({ SUNBEON_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheRoot({ XDG_CACHE_HOME: '/b' })).toBe('/b/sunbeon');
    expect(cacheRoot({})).toMatch(/\.cache\/sunbeon$/);
  });
});
