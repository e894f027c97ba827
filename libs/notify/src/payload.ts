import type { Alert } from '@sunbeon/core/alerts';
import { detailsOf, lineOf, titleOf } from './text.js';

/** `json`: for programs, see `docs/guide/notify.md`. `slack`: what Slack, Mattermost and Rocket.Chat take at an incoming webhook. */
export type WebhookFormat = 'json' | 'slack';

/** @param atMs of the message, in milliseconds since the epoch */
export function bodyOf(
  alerts: readonly Alert[],
  format: WebhookFormat,
  told: { channel: string; atMs: number },
): string {
  return JSON.stringify(format === 'slack' ? slack(alerts) : json(alerts, told));
}

/** The form that Standard Webhooks recommends: type, timestamp, data. */
function json(alerts: readonly Alert[], { channel, atMs }: { channel: string; atMs: number }): unknown {
  return {
    type: 'sunbeon.alerts',
    timestamp: new Date(atMs).toISOString(),
    data: { channel, title: titleOf(alerts), alerts },
  };
}

function slack(alerts: readonly Alert[]): unknown {
  return { text: alerts.map((alert) => [lineOf(alert), ...detailsOf(alert)].map(inert).join('\n    ')).join('\n') };
}

/** An error’s message calls nobody: Slack’s own three characters are escaped, and an @ is followed by a space that is none. */
function inert(line: string): string {
  return line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/@/g, '@\u200b');
}
