import { SunbeonError } from '@sunbeon/core/errors';

export interface Asked {
  /** Of the registry, without credentials. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly where: string;
  readonly asked: { readonly subject: string } | { readonly id: number };
}

/** The HTTP status of an error of the library; also 400 when nothing answered at all. */
export function statusOf(thrown: unknown): number | undefined {
  const status = typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** What the registry or the network said, as one of our errors. */
export function registryError(thrown: unknown, context: Asked): SunbeonError {
  const status = statusOf(thrown);
  const { reason, ownWords } = reasonOf(thrown, context.timeoutMs);
  if ('id' in context.asked)
    return status === 404
      ? unknown(thrown, { ...context, reason, id: context.asked.id })
      : unavailable(thrown, context);
  if (!ownWords || status === undefined) return unavailable(thrown, context);
  return ofSubject(thrown, { ...context, reason, subject: context.asked.subject, status });
}

function unknown(cause: unknown, { id, url, reason }: Asked & { reason: string; id: number }): SunbeonError {
  return new SunbeonError('SCHEMA_UNKNOWN', `The registry at ${url} has no schema ${id} (${reason}).`, {
    hint: 'The record was written with another registry, or with none: replay it from where its schema is known.',
    facts: { id, url },
    cause,
  });
}

function ofSubject(cause: unknown, context: Asked & { reason: string; subject: string; status: number }): SunbeonError {
  const { subject, url, reason, status, where } = context;
  if (status === 409) {
    return new SunbeonError(
      'SCHEMA_INCOMPATIBLE',
      `${where}: the registry refused the schema of "${subject}": ${reason}.`,
      {
        hint: 'Give new fields a default and keep the names and types of the others, or declare a new contract.',
        facts: { subject, url },
        cause,
      },
    );
  }
  if (status !== 400 && status !== 422) return unavailable(cause, context);
  return new SunbeonError('CONTRACT_INVALID', `${where}: the registry does not take the schema: ${reason}.`, {
    hint: 'Mend the schema literal of the contract.',
    facts: { subject, url },
    cause,
  });
}

/** Not answered, or not in the way of a registry. */
export function unavailable(cause: unknown, { url, where, timeoutMs }: Asked): SunbeonError {
  const { reason } = reasonOf(cause, timeoutMs);
  const status = statusOf(cause);
  const refused = status === 401 || status === 403;
  const hint = refused
    ? 'Check its credentials.'
    : "Check that it runs and that SCHEMA_REGISTRY_URL is right (Apicurio's ends in /apis/ccompat/v7).";
  return new SunbeonError(
    'REGISTRY_UNAVAILABLE',
    `${where}: the schema registry at ${url} did not answer: ${reason}.`,
    {
      hint,
      facts: { url, ...(status === undefined ? {} : { status }) },
      cause,
    },
  );
}

/** The library's messages: `<client> - <the registry's message>`, or `<client> - Error, status <n>: <text>` without one. */
function reasonOf(thrown: unknown, timeoutMs: number): { reason: string; ownWords: boolean } {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const text = message.replace(/^sunbeon - /, '');
  const foreign = /^Error, status (\d+)(?:: ([^]*))?$/.exec(text);
  if (foreign === null) return { reason: clipped(text), ownWords: true };
  const said = foreign[2] ?? '';
  if (said === 'The operation was aborted') return { reason: `it took longer than ${timeoutMs} ms`, ownWords: false };
  const network = /ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|EPIPE|ETIMEDOUT|socket|certificate|SSL/i.test(said);
  return { reason: clipped(network ? said : `status ${foreign[1]}`), ownWords: false };
}

function clipped(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ').replace(/\.$/, '');
  return line.length <= 500 ? line : `${line.slice(0, 500)}…`;
}
