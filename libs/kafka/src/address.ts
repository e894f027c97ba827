/** Where a record lies. */
export interface Address {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** `<topic>/<partition>/<offset>`. */
export function addressOf({ topic, partition, offset }: Address): string {
  return `${topic}/${partition}/${offset}`;
}

/** Undefined for what is no address. */
export function parseAddress(text: string): Address | undefined {
  const match = /^([^/]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text);
  if (match === null) return undefined;
  return { topic: match[1]!, partition: Number(match[2]), offset: Number(match[3]) };
}
