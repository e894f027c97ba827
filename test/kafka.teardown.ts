// Jest's global teardown of the scenarios. What it throws fails the run: the broker's complaints are findings.
import type { TestServices } from '@sunbeon/testing/services';

export default async function tearDown(): Promise<void> {
  const services: TestServices | undefined = Reflect.get(globalThis, Symbol.for('sunbeon.test.services'));
  await services?.stop();
}
