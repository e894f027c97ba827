import { describe, expect, it } from '@jest/globals';
import { EmbeddedError, hintFor } from './errors.js';

describe('hintFor', () => {
  it.each([
    ['EMBEDDED_NO_JAVA', 'linux', 'apt-get install openjdk-17-jre-headless'],
    ['EMBEDDED_NO_JAVA', 'linux', 'dnf install java-21-openjdk-headless'],
    ['EMBEDDED_NO_JAVA', 'darwin', 'brew install openjdk@17'],
    ['EMBEDDED_NO_MAVEN', 'linux', 'apt-get install maven'],
    ['EMBEDDED_NO_MAVEN', 'darwin', 'brew install maven'],
    ['EMBEDDED_DOWNLOAD_FAILED', 'linux', 'KAFKA_BROKERS'],
    ['EMBEDDED_PORT_IN_USE', 'linux', 'another port'],
    ['EMBEDDED_DATA_DIR_IN_USE', 'linux', 'another folder'],
  ] as const)('%s on %s says `%s`', (code, platform, words) => {
    expect(hintFor(code, platform)).toContain(words);
  });
});

describe('EmbeddedError', () => {
  it('takes the hint of its code unless it is given one', () => {
    expect(new EmbeddedError('EMBEDDED_DIED', 'gone').hint).toBe(hintFor('EMBEDDED_DIED', process.platform));
    expect(new EmbeddedError('EMBEDDED_DIED', 'gone', { hint: 'wait' }).hint).toBe('wait');
  });
});
