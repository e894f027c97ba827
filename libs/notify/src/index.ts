// Ways to people, and what sends little enough to them that they go on reading.
export { notifications } from './notifications.js';
export type { NotificationsOptions } from './notifications.js';
export { webhook } from './webhook.js';
export type { WebhookOptions } from './webhook.js';
export { mail } from './mail.js';
export type { MailOptions } from './mail.js';
export { log } from './log.js';
export type { Alert } from '@sunbeon/core/alerts';
export type { Notifications, Notifier, NotifyCall } from '@sunbeon/core/notifier';
