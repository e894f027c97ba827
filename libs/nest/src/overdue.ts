import type { Events, MessageFacts } from '@sunbeon/core/events';
import type { Clock } from '@sunbeon/core/ports';

/** The handlers that run on after their hard time limit, and since when. */
export class OverdueHandlers {
  readonly #sinceMs = new Map<string, number>();
  readonly #endings: readonly (() => void)[];

  constructor(
    events: Events,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.#endings = [
      events.on('handler.overdue', (facts) => void this.#sinceMs.set(nameOf(facts), clock.now())),
      events.on('handler.ended-late', (facts) => void this.#sinceMs.delete(nameOf(facts))),
    ];
  }

  /** One sentence for each that runs for longer than this. */
  longerThan(ms: number): string[] {
    const nowMs = this.clock.now();
    return [...this.#sinceMs]
      .filter(([, sinceMs]) => nowMs - sinceMs > ms)
      .map(([name, sinceMs]) => `${name} has not ended for ${nowMs - sinceMs} ms after its hard time limit`);
  }

  end(): void {
    for (const end of this.#endings) end();
  }
}

function nameOf({ contract, id, attempt, group }: MessageFacts): string {
  return `the handler of ${contract} ${id} attempt ${attempt} of group ${group}`;
}
