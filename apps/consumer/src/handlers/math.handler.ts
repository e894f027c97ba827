import { Injectable } from '@nestjs/common';
import { mathAdd } from '@sunbeon/contracts';
import type { OutputOf, PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';

@Injectable()
export class MathHandler {
  @Handles(mathAdd)
  add({ a, b }: PayloadOf<typeof mathAdd>): OutputOf<typeof mathAdd> {
    return { sum: a + b };
  }
}
