import type { Alert } from '@sunbeon/core/alerts';
import type { Notifier } from '@sunbeon/core/notifier';
import { lineOf } from './text.js';

const LEVELS = { paused: 'error', bury: 'error', retry: 'warn', ignore: 'warn', resumed: 'log' } as const;

/** The log as a channel: one line for each alert, through the event `alert.logged`, which Nest's Logger writes. */
export function log(): Notifier {
  return {
    async notify(alerts: readonly Alert[], { channel, events }): Promise<void> {
      for (const alert of alerts)
        events.emit('alert.logged', { channel, level: LEVELS[alert.done], message: lineOf(alert) });
    },
  };
}
