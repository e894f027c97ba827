import { describe, expect, it } from '@jest/globals';
import { jvmEnv, jvmFlags } from './jvm.js';

const options = { dataDir: '/data', heapMb: 64, fullJit: false, archive: '/a.jsa', jvmArgs: ['-Dx=y'] };

describe('jvmFlags', () => {
  it('starts quickly by default', () => {
    const flags = jvmFlags(options);
    expect(flags).toEqual(
      expect.arrayContaining(['-Xmx64m', '-XX:TieredStopAtLevel=1', '-XX:SharedArchiveFile=/a.jsa']),
    );
    expect(flags.at(-1)).toBe('-Dx=y');
  });

  it('leaves JIT and collector whole for benchmarks, and knows no archive that is not there', () => {
    const flags = jvmFlags({ ...options, fullJit: true, archive: undefined });
    expect(flags.join(' ')).not.toMatch(/Tiered|SerialGC|SharedArchive/);
  });
});

describe('jvmEnv', () => {
  it('keeps the settings of the app away from the services', () => {
    const env = jvmEnv({ PATH: '/bin', LOG_LEVEL: 'debug', JAVA_TOOL_OPTIONS: '-Xmx9g', LANG: 'C' });
    expect(env).toEqual({ PATH: '/bin', LC_ALL: 'C.UTF-8' });
  });
});
