import { ERROR_CODES, type ErrorCode, SunbeonError } from '@sunbeon/core';

/** The media type of every error body (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** Codes that only the HTTP door has, with their status. The others are Sunbeon's own, see {@link ERROR_CODES}. */
export const HTTP_CODES = {
  BODY_NOT_JSON: 400,
  REQUEST_INVALID: 400,
  ROUTE_UNKNOWN: 404,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  REQUEST_REFUSED: 400,
  INTERNAL: 500,
  NOT_READY: 503,
  TOO_MANY_WAITERS: 503,
} as const;

export type HttpCode = keyof typeof HTTP_CODES;

/** What is wrong with one part of a request; `index` counts the items of a batch from 0. */
export interface FieldError {
  readonly index?: number;
  readonly field?: string;
  readonly message: string;
}

/** An error body: RFC 9457, with `code`, `errors` and `hint` as extension members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The path of the request, without its query. */
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly FieldError[];
  readonly hint?: string;
}

/** Something that the door itself refuses. */
export class DoorError extends Error {
  override readonly name = 'DoorError';

  constructor(
    readonly code: HttpCode | ErrorCode,
    readonly detail: string,
    readonly more: { readonly hint?: string; readonly errors?: readonly FieldError[]; readonly cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
  }
}

/** The status of Sunbeon's codes as far as a request can cause them; all others are 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  CONTRACT_UNKNOWN: 404,
  RESULT_UNKNOWN: 404,
  RECORD_TOO_LARGE: 413,
  PAYLOAD_INVALID: 422,
  IDEMPOTENCY_CONFLICT: 422,
  BROKER_UNREACHABLE: 503,
  BUFFER_FULL: 503,
  DELIVERY_TIMEOUT: 503,
  NOT_RUNNING: 503,
  REGISTRY_UNAVAILABLE: 503,
  SEND_FAILED: 503,
  TOPIC_MISSING: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  404: 'Not found',
  413: 'Too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Not available now',
};

/** Whatever was thrown, as a problem document. Of a fault of the server nothing but its code is told: no addresses, no stack. */
export function toProblem(thrown: unknown, instance: string): Problem {
  if (thrown instanceof DoorError) return fromDoor(thrown, instance);
  if (thrown instanceof SunbeonError) return fromSunbeon(thrown, instance);
  return fromFramework(thrown, instance);
}

function fromDoor(error: DoorError, instance: string): Problem {
  const status =
    error.code in HTTP_CODES ? HTTP_CODES[error.code as HttpCode] : (STATUS[error.code as ErrorCode] ?? 500);
  const { hint, errors } = error.more;
  return problem({ code: error.code, status, detail: error.detail, instance, hint, errors });
}

function fromSunbeon(error: SunbeonError, instance: string): Problem {
  const status = STATUS[error.code] ?? 500;
  const { code } = error;
  if (status === 503) return problem({ code, status, detail: `Not accepted: ${ERROR_CODES[code].means}.`, instance, hint: again(error) }); // prettier-ignore
  if (status === 500)
    return problem({ code, status, detail: `The server failed: ${ERROR_CODES[code].means}.`, instance });
  const errors = code === 'PAYLOAD_INVALID' ? fieldErrors(error) : undefined;
  return problem({ code, status, detail: withoutHint(error), instance, hint: error.hint, errors });
}

function again({ code, facts }: SunbeonError): string {
  if (code === 'TOPIC_MISSING')
    return 'Ask the operator to run `sunbeon topology apply`, then send the same request again.';
  if (facts.mayHaveHappened === true)
    return 'It may have been sent all the same: send it again later, with the same Idempotency-Key if it had one.';
  return 'Nothing needs to be changed: send the same request again later.';
}

/** What Nest and Fastify throw: they carry a status, and Fastify a code. */
function fromFramework(thrown: unknown, instance: string): Problem {
  const { status, statusCode, response } = thrown as { status?: unknown; statusCode?: unknown; response?: unknown };
  if (status === 503 && isHealthReport(response)) return notReady(response.problems, instance);
  const known = [status, statusCode].find((n): n is number => typeof n === 'number' && n >= 400 && n < 500);
  switch (known) {
    case 404:
      return problem({ code: 'ROUTE_UNKNOWN', status: 404, detail: 'There is nothing at this address for this method.', instance, hint: 'See /docs.' }); // prettier-ignore
    case 413:
      return problem({ code: 'BODY_TOO_LARGE', status: 413, detail: 'The body is larger than this server takes.', instance, hint: 'Send fewer tasks per request, or raise BODY_LIMIT_BYTES.' }); // prettier-ignore
    case 415:
      return problem({ code: 'MEDIA_TYPE_UNSUPPORTED', status: 415, detail: 'This content type is not understood here.', instance, hint: 'Send application/json, or application/x-ndjson for many.' }); // prettier-ignore
    case undefined:
      return problem({ code: 'INTERNAL', status: 500, detail: 'The server failed.', instance });
    default:
      return problem({ code: 'REQUEST_REFUSED', status: known, detail: TITLES[known] ?? 'The request was refused.', instance }); // prettier-ignore
  }
}

/** What the health module throws when the answer is no. */
function isHealthReport(response: unknown): response is { readonly problems: readonly string[] } {
  return Array.isArray((response as { problems?: unknown } | null | undefined)?.problems);
}

function notReady(problems: readonly string[], instance: string): Problem {
  const errors = problems.map((message) => ({ message }));
  return problem({ code: 'NOT_READY', status: 503, detail: 'Send no traffic here now.', instance, errors });
}

/** The fields that a `PAYLOAD_INVALID` names: the first with what is wrong, the others by name. */
export function fieldErrors(error: SunbeonError): FieldError[] {
  const { field, fields } = error.facts;
  const first = { ...(isName(field) ? { field } : {}), message: withoutHint(error) };
  const others = Array.isArray(fields) ? fields.slice(1).filter(isName) : [];
  return [first, ...others.map((other) => ({ field: other, message: 'does not fit the schema either' }))];
}

function isName(field: unknown): field is string {
  return typeof field === 'string' && field !== '';
}

function withoutHint(error: SunbeonError): string {
  return error.hint === undefined ? error.message : error.message.slice(0, -error.hint.length).trimEnd();
}

type Parts = Pick<Problem, 'code' | 'status' | 'detail' | 'instance'> & {
  readonly hint?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
};

function problem({ code, status, detail, instance, hint, errors }: Parts): Problem {
  return {
    type: `urn:sunbeon:error:${code}`,
    title: TITLES[status] ?? 'Refused',
    status,
    detail,
    instance,
    code,
    ...(errors === undefined ? {} : { errors }),
    ...(hint === undefined ? {} : { hint }),
  };
}
