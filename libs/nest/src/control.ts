import { Inject, Injectable } from '@nestjs/common';
import type { ConcurrencyLimits } from '@sunbeon/core/ports';
import { SUNBEON_CONFIG, type SunbeonConfig } from './config.js';

/** What can be changed of this process while it runs. */
@Injectable()
export class SunbeonControl {
  constructor(@Inject(SUNBEON_CONFIG) private readonly config: Pick<SunbeonConfig, 'transport'>) {}

  /**
   * How many handlers run at once from now on: `{ total, queues: { photos: 4 }, contracts: { 'photo.resize': 2 } }`. What is not
   * named stays as it is; what runs ends as it does. Of this process only, until it ends.
   * @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN`
   */
  setConcurrency(limits: ConcurrencyLimits): void {
    this.config.transport.setConcurrency(limits);
  }
}
