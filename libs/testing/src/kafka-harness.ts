import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { expect } from '@jest/globals';

/** The run's Kafka and registry, and names that no other test on it has. */
export interface TestCluster {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** For every topic and group: from the test file's name and chance, with a dot at the end. */
  readonly prefix: string;
}

/** Of the file's name this much: topics have 249 characters for everything. */
const NAME_CHARS = 24;

/** @throws Error outside of the `scenarios` project, whose global setup starts the services */
export function testCluster(): TestCluster {
  const { SUNBEON_TEST_BROKERS: brokers, SUNBEON_TEST_REGISTRY: registryUrl } = process.env;
  if (!brokers || !registryUrl) {
    throw new Error(
      'There is no Kafka for this test: put it under test/scenarios, or run it with --selectProjects scenarios.',
    );
  }
  const file = basename(expect.getState().testPath ?? 'test').replace(/\.spec\.ts$/, '');
  const name = file.slice(0, NAME_CHARS).replace(/[^A-Za-z0-9]+/g, '-');
  return { brokers: brokers.split(','), registryUrl, prefix: `${name}-${randomBytes(3).toString('hex')}.` };
}
