import { describe, expect, test } from '@jest/globals';
import { kafkaRoad, kafkaTransport, type TransportOptions } from '@sunbeon/kafka';
import { mail, notifications, webhook } from '@sunbeon/notify';
import { avroCodec } from '@sunbeon/schema';
import { files, read, SHIPPED } from './repository.js';

const page = read('docs/reference/configuration.md');

/** The names in the first cells of a section's table. */
function names(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const cells = [...section.matchAll(/^\| ([^|]*`[^|]*) \|/gm)].map(([, cell]) => cell!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!)).sort();
}

describe('docs/reference/configuration.md', () => {
  test('has exactly the environment variables that the code reads', () => {
    const sources = files(/^scripts\/(prepare|setup-machine|start|test)\.mjs$|^test\/kafka\.setup\.ts$/);
    const code = [...files(SHIPPED), ...sources].map(read).join('\n');
    const found = [
      ...code.matchAll(/\benv(?:\['|\.|, ')([A-Z][A-Z_]+)\b/g),
      ...code.matchAll(/\b([A-Z][A-Z_]+): \w+(?=[^}]*\} = process\.env)/g),
    ].map(([, name]) => name!);
    // PATH is the system's, not ours to explain.
    const read_ = [...new Set(found)].filter((name) => name !== 'PATH').sort();
    expect(names('Environment').filter((name) => /^[A-Z_]+$/.test(name))).toEqual(read_);
  });

  /** The hint of a refusal lists what is known. */
  const known = (refuse: () => unknown): string[] => {
    const error = thrownBy(refuse) as { hint?: string };
    return (/Known options: (.*)\./.exec(error.hint ?? '')?.[1] ?? '').split(', ');
  };
  const stray = { nobodyReadsThisOption: 1 };

  test('has exactly the options of kafkaTransport', () => {
    const of = (options: object) => known(() => kafkaTransport(options as TransportOptions));
    const groups = ['consume', 'produce', 'results'];
    const nested = groups.flatMap((group) => of({ [group]: stray }).map((name) => `${group}.${name}`));
    const flat = of(stray).filter((name) => !groups.includes(name));
    expect(names('`kafkaTransport').sort()).toEqual([...flat, ...nested].sort());
  });

  test('has exactly the options of the breaker', () => {
    const options = known(() => kafkaTransport({ consume: { breaker: stray } } as unknown as TransportOptions));
    expect(names('Breaker')).toEqual(options.sort());
  });

  test('has exactly the options of kafkaRoad, and its patches', () => {
    const of = (options: object) => known(() => kafkaRoad({ brokers: ['b:1'], clientId: 'c', ...options }));
    expect(names('`kafkaRoad')).toEqual([...of(stray), ...of({ patches: stray })].sort());
  });

  test('has exactly the options of avroCodec', () => {
    const options = known(() => avroCodec({ registryUrl: 'http://127.0.0.1', ...stray }));
    expect(names('`avroCodec')).toEqual(options.sort());
  });

  test.each([
    ['`notifications', notifications],
    ['`webhook', webhook],
    ['`mail', mail],
  ] as const)('has exactly the options of %s`', (heading, make) => {
    const options = known(() => (make as (options: object) => unknown)(stray));
    expect(names(heading)).toEqual(options.sort());
  });
});

function thrownBy(fn: () => unknown): unknown {
  try {
    return fn() && undefined;
  } catch (error) {
    return error;
  }
}
