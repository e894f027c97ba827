import { describe, expect, it } from '@jest/globals';
import { isJavaNewEnough } from '../../../scripts/setup-machine.mjs';
import { findJava, OLDEST_JAVA, parseJavaVersion } from './java.js';

const DEBIAN_17 = `openjdk version "17.0.15" 2025-04-15
OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)
OpenJDK 64-Bit Server VM (build 17.0.15+6-Debian-1deb12u1, mixed mode, sharing)`;
const ORACLE_8 = `java version "1.8.0_202"
Java(TM) SE Runtime Environment (build 1.8.0_202-b08)`;
const TEMURIN_25 = `openjdk version "25" 2025-09-16 LTS
OpenJDK Runtime Environment Temurin-25+36 (build 25+36-LTS)`;
const WITH_OPTIONS = `Picked up JAVA_TOOL_OPTIONS: -Xmx1g\n${DEBIAN_17}`;
const MAC_STUB = 'The operation couldn’t be completed. Unable to locate a Java Runtime.';

const OUTPUTS = [
  ['Debian 17', DEBIAN_17, { major: 17, build: '17.0.15+6-Debian-1deb12u1' }],
  ['Oracle 8, the old numbering', ORACLE_8, { major: 8, build: '1.8.0_202-b08' }],
  ['a first release without dots', TEMURIN_25, { major: 25, build: '25+36-LTS' }],
  ['with options picked up', WITH_OPTIONS, { major: 17, build: '17.0.15+6-Debian-1deb12u1' }],
  ['a version line alone', 'openjdk version "21.0.1" 2023-10-17', { major: 21, build: '21.0.1' }],
  ['the stub of macOS', MAC_STUB, undefined],
] as const;

describe('parseJavaVersion', () => {
  it.each(OUTPUTS)('reads %s', (_name, output, expected) => {
    expect(parseJavaVersion(output)).toEqual(expected);
  });

  it.each(OUTPUTS)('agrees on %s with the script that runs before the build', (_name, output, expected) => {
    expect(isJavaNewEnough(output)).toBe((expected?.major ?? 0) >= OLDEST_JAVA);
  });
});

describe('findJava', () => {
  const run = async (command: string) => ({ code: 0, output: command.includes('old') ? ORACLE_8 : DEBIAN_17 });

  it('takes the first one that is new enough', async () => {
    await expect(findJava(run, ['/old/java', '/new/java'])).resolves.toMatchObject({ path: '/new/java', major: 17 });
  });

  it('says which one is too old', async () => {
    await expect(findJava(run, ['/old/java'])).rejects.toMatchObject({
      code: 'EMBEDDED_NO_JAVA',
      message: expect.stringContaining('/old/java is Java 1.8.0_202-b08'),
    });
  });

  it('says that there is none', async () => {
    await expect(findJava(run, [])).rejects.toMatchObject({ code: 'EMBEDDED_NO_JAVA' });
  });
});
