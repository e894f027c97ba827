/** Where an error that comes from elsewhere (a worker thread) says what it was there. */
export const KINDS = Symbol.for('sunbeon.kinds');

const MAX_KINDS = 16;
const MAX_CAUSES = 4;
const MAX_LENGTH = 200;

/**
 * What an error is, in words that a policy can name: its classes from its own up to `Error`, its own `name` and `code`
 * (`ECONNREFUSED`, a database's `23505`), then the same of its causes: `fetch` says only "fetch failed" and puts the code there.
 * May throw, as whatever looks at a stranger's object may.
 */
export function kindsOf(thrown: unknown): readonly string[] {
  const kinds = new Set<string>();
  let error = thrown;
  for (let depth = 0; depth < MAX_CAUSES && error instanceof Error; depth++) {
    for (const kind of own(error)) if (kind !== '') kinds.add(kind.slice(0, MAX_LENGTH));
    error = error.cause;
  }
  return [...kinds].slice(0, MAX_KINDS);
}

function own(error: Error): readonly string[] {
  const brought = (error as { readonly [KINDS]?: unknown })[KINDS];
  if (Array.isArray(brought)) return brought.filter((kind) => typeof kind === 'string');
  const { code } = error as { readonly code?: unknown };
  return [...classes(error), String(error.name), ...(typeof code === 'string' || typeof code === 'number' ? [String(code)] : [])]; // prettier-ignore
}

function classes(error: Error): string[] {
  const names: string[] = [];
  let prototype: unknown = Object.getPrototypeOf(error);
  while (prototype !== null && prototype !== Object.prototype && names.length < MAX_KINDS) {
    names.push(String((prototype as Error).constructor?.name ?? ''));
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}
