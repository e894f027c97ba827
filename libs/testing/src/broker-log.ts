/** Lines of a broker's log that mean no harm, each with its reason. Everything else at WARN or above fails the run. */
const HARMLESS: readonly { readonly line: RegExp; readonly because: string }[] = [
  {
    line: /Performing controller activation\./,
    because: 'a fresh cluster writes its first metadata and says so at WARN, once per start',
  },
  {
    line: /Attempting to close NetworkClient that has already been closed/,
    because: 'the broker closes its own clients twice when it stops',
  },
];

/** A line of log4j at a level of WARN or above, or a warning of the JVM itself. */
const SERIOUS = /^\[[^\]]*\] (WARN|ERROR|FATAL) |^\S+ .*VM warning:/;

/**
 * The warnings and errors in a broker's log that nobody has explained yet: of a correct client the broker does not complain.
 * @param log the whole text; stack traces belong to the line above them and are left out
 */
export function unknownWarnings(log: string): string[] {
  const lines = log.split('\n').filter((line) => SERIOUS.test(line));
  return lines.filter((line) => !HARMLESS.some((known) => known.line.test(line)));
}
