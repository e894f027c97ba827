import type { Events, SunbeonEvents } from '@sunbeon/core/events';

/** Everything of one name that is emitted from now on; the list grows. */
export function collect<K extends keyof SunbeonEvents>(events: Events, name: K): readonly SunbeonEvents[K][] {
  const collected: SunbeonEvents[K][] = [];
  events.on(name, (facts) => void collected.push(facts));
  return collected;
}
