/** Stable codes of what can go wrong with the embedded services. */
export type EmbeddedErrorCode =
  | 'EMBEDDED_NO_JAVA'
  | 'EMBEDDED_NO_MAVEN'
  | 'EMBEDDED_DOWNLOAD_FAILED'
  | 'EMBEDDED_PORT_IN_USE'
  | 'EMBEDDED_DATA_DIR_IN_USE'
  | 'EMBEDDED_START_FAILED'
  | 'EMBEDDED_DIED';

const INSTALL = {
  EMBEDDED_NO_JAVA: { debian: 'openjdk-17-jre-headless', fedora: 'java-21-openjdk-headless', mac: 'openjdk@17' },
  EMBEDDED_NO_MAVEN: { debian: 'maven', fedora: 'maven', mac: 'maven' },
} as const;

const HINTS: Record<Exclude<EmbeddedErrorCode, keyof typeof INSTALL>, string> = {
  EMBEDDED_DOWNLOAD_FAILED:
    'Check the network (Maven Central, or the mirror and proxy in ~/.m2/settings.xml) and run again; ' +
    'or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to use services that already run.',
  EMBEDDED_PORT_IN_USE: 'Stop the process that listens there, or choose another port (0 takes a free one).',
  EMBEDDED_DATA_DIR_IN_USE: 'Stop the run that owns this data folder (Ctrl-C there), or give this run another folder.',
  EMBEDDED_START_FAILED: 'Read the log file named above. If the data folder is damaged, move it away and start again.',
  EMBEDDED_DIED: 'Read the log file named above; a process killed from outside (signal 9) is often out of memory.',
};

/** What to install or do about an error, for the package manager of the platform (`process.platform`). */
export function hintFor(code: EmbeddedErrorCode, platform: string): string {
  if (code !== 'EMBEDDED_NO_JAVA' && code !== 'EMBEDDED_NO_MAVEN') return HINTS[code];
  const names = INSTALL[code];
  const own = 'or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL to use services that already run.';
  if (platform === 'darwin') return `Install it with \`brew install ${names.mac}\`, ${own}`;
  return `Install it with \`apt-get install ${names.debian}\` (Fedora: \`dnf install ${names.fedora}\`), ${own}`;
}

/**
 * An embedded service or what it needs is missing or failed. `message` says what and where, `hint` what to install or do.
 * Own class, not the house's root error, because this room runs before anything of the house is needed.
 */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
  readonly hint: string;

  constructor(
    readonly code: EmbeddedErrorCode,
    message: string,
    options: ErrorOptions & { hint?: string } = {},
  ) {
    super(message, options);
    this.hint = options.hint ?? hintFor(code, process.platform);
  }
}
