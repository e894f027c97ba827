import { defineTask } from '@sunbeon/core';

/** Delivers one e-mail over SMTP. Mails to one address are sent in order. */
export const emailSend = defineTask({
  name: 'email.send',
  queue: 'email',
  input: {
    type: 'record',
    name: 'Email',
    namespace: 'sunbeon.email',
    fields: [
      { name: 'to', type: 'string' },
      { name: 'subject', type: 'string' },
      { name: 'text', type: 'string' },
    ],
  },
  output: {
    type: 'record',
    name: 'EmailSent',
    namespace: 'sunbeon.email',
    fields: [{ name: 'messageId', type: 'string' }],
  },
  key: ({ to }) => to,
  retry: { delaysMs: [500, 2_000, 10_000] },
});
