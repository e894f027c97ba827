import type { OutgoingRecord } from '@sunbeon/core/ports';
import type { SunbeonError } from '@sunbeon/core';

/** Records of one send that share a fate. */
export interface UnwrittenPart {
  readonly records: readonly OutgoingRecord[];
  /** `facts.mayHaveHappened`: false = surely not written; true = nobody knows. */
  readonly failure: SunbeonError;
}

/** The cause of a send's error, record by record: what is in no part is written. */
export class Unwritten extends Error {
  override readonly name = 'Unwritten';

  constructor(
    readonly parts: readonly UnwrittenPart[],
    override readonly cause: unknown,
  ) {
    super('Some records of a send are not known to be written.');
  }
}
