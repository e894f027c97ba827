import type { Alert } from '@sunbeon/core/alerts';

const WORDS = { bury: 'buried', retry: 'failed, will be tried again', ignore: 'failed, ignored' } as const;

/** What happened in one line: for a subject, a chat, a log. */
export function lineOf(alert: Alert): string {
  const { done, kinds, count, queue, contract, error } = alert;
  if (kinds > 1) return oneLine(`${kinds} more kinds of failures, ${count} in all; the gravest: ${whatOf(alert)}`);
  if (done === 'paused' || done === 'resumed') return oneLine(`queue ${queue} ${done}: ${error.message}`);
  const times = count > 1 ? `${count} × ` : '';
  return oneLine(`${times}${contract || 'an unreadable record'} ${WORDS[done]}: ${reasonOf(error)}`);
}

/** What a person needs who goes and looks, a line each. */
export function detailsOf(alert: Alert): string[] {
  const { queue, group, attempts, example, total, count, firstMs, lastMs } = alert;
  const when = firstMs === lastMs ? timeOf(firstMs) : `${timeOf(firstMs)} to ${timeOf(lastMs)}`;
  const lines = [`when: ${when}${total > count ? ` (${total} since it was first seen)` : ''}`, `queue: ${queue}, group: ${group}`]; // prettier-ignore
  if (example.id !== '') lines.push(`example: ${example.id} at ${example.address}, attempt ${attempts}`);
  return [...lines, ...commandsOf(alert)].map(oneLine);
}

/** To be pasted into a terminal: what a person does next. */
function commandsOf({ fingerprint, done, queue }: Alert): string[] {
  if (done === 'paused') return [`go on with: sunbeon queue resume ${queue}`];
  if (done === 'bury' && fingerprint !== '') return [`look: sunbeon dlq ls --fingerprint ${fingerprint}`];
  return fingerprint === '' || done === 'resumed' ? [] : [`kind: ${fingerprint}`];
}

/** Several alerts in one line. */
export function titleOf(alerts: readonly Alert[]): string {
  const first = lineOf(alerts[0]!);
  const more = alerts.length - 1;
  return more === 0 ? first : `${first} (and ${more} more)`;
}

function whatOf({ contract, queue, error }: Alert): string {
  return `${contract || queue}: ${reasonOf(error)}`;
}

function reasonOf({ code, name, message }: Alert['error']): string {
  return name === code || name === '' ? `${code} ${message}` : `${code} ${name}: ${message}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

const MAX_LINE = 700;

/** Errors and ids come from outside: no line breaks, so that nobody can forge a line or a header, and nothing that turns text round. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.slice(0, MAX_LINE).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').toWellFormed(); // prettier-ignore
}
