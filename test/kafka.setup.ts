// Jest's global setup of the scenarios: one Kafka and one registry per run, unless SUNBEON_TEST_BROKERS and SUNBEON_TEST_REGISTRY name some.
// Runs in plain Node, before Jest: it sees the built libs.
import { startTestServices, type TestServices } from '@sunbeon/testing/services';

/** Where `kafka.teardown.ts` finds what was started here: Jest runs both in one process and hands nothing over. */
const SERVICES = Symbol.for('sunbeon.test.services');
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export default async function setUp(): Promise<void> {
  const { SUNBEON_TEST_BROKERS: brokers, SUNBEON_TEST_REGISTRY: registry } = process.env;
  if (brokers && registry) return;
  if (brokers || registry) throw new Error('Set both SUNBEON_TEST_BROKERS and SUNBEON_TEST_REGISTRY, or neither.');
  const run: { services?: TestServices } = {};
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    // Without this Jest would be gone at once, and the data folder would stay. An interrupted run does not ask what the broker
    // thought of it. `on`, not `once`: a Ctrl-C comes twice, from the terminal and from npm, and the second must not end us.
    process.on(signal, () => {
      const leave = (): void => process.exit(code);
      (run.services?.stop() ?? Promise.resolve()).then(leave, leave);
    });
  }
  const services = (run.services = await startTestServices((text) => process.stderr.write(`${text}\n`)));
  process.env['SUNBEON_TEST_BROKERS'] = services.brokers;
  process.env['SUNBEON_TEST_REGISTRY'] = services.registryUrl;
  Reflect.set(globalThis, SERVICES, services);
}
