const MAX_CAUSES = 4;
/** Of each: what is kept of the whole in a header (8,000) shall have room for more than the first. */
const MAX_LENGTH = 3_000;

/**
 * An error's stack and below it those of its causes, as Java prints them, for "fetch failed" alone says nothing; undefined where the error
 * has none. May throw, as whatever looks at a stranger's object may.
 */
export function stackOf(error: Error): string | undefined {
  if (typeof error.stack !== 'string') return undefined;
  const causes = causesOf(error).map((cause) => `Caused by: ${textOf(cause).slice(0, MAX_LENGTH)}`);
  if (causes.length === 0) return error.stack;
  return [error.stack.slice(0, MAX_LENGTH), ...causes].join('\n');
}

function causesOf(error: Error): unknown[] {
  const causes: unknown[] = [];
  let { cause } = error;
  while (cause !== undefined && cause !== null && causes.length < MAX_CAUSES) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function textOf(cause: unknown): string {
  try {
    return cause instanceof Error && typeof cause.stack === 'string' ? cause.stack : String(cause);
  } catch {
    return 'a value that cannot be printed'; // what it caused still can
  }
}
