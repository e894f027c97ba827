import type { QueueOverview } from '@sunbeon/kafka';

/** What the console asks of a cluster: the part of `Admin` of `@sunbeon/kafka` that it uses, so that a test can imitate it. */
export interface ConsoleAdmin {
  /** @throws SunbeonError `BROKER_UNREACHABLE` and others */
  overview(): Promise<QueueOverview[]>;
  /** Lets go of the connection. */
  disconnect(): Promise<void>;
}

/** Injection token of the {@link ConsoleAdmin}. */
export const ADMIN = Symbol('sunbeon:console:admin');
