import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, defineTask } from '@sunbeon/core';
import { Handles, Subscribes } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const knock = defineTask({ name: 'knock', queue: 'doors', input: 'string' });
const rang = defineEvent({ name: 'rang', schema: 'string' });

@Injectable()
class Butler {
  @Handles(knock)
  knock(): null {
    return null;
  }

  @Subscribes(rang, { group: 'house' })
  rang(): void {}
}

@Injectable()
class Maid {
  @Handles(knock)
  open(): null {
    return null;
  }
}

@Injectable()
class Cook {
  @Subscribes(rang, { group: 'house' })
  listen(): void {}
}

test('two handlers of one task, or of one event in one group, are refused at boot, and both are named', async () => {
  const contracts = [knock, rang];

  const twoForTheTask = startTestApp({ contracts, handlers: [Butler, Maid] });
  await expect(twoForTheTask).rejects.toMatchObject({ code: 'HANDLER_DUPLICATE' });
  await expect(twoForTheTask).rejects.toThrow(/task "knock": Butler\.knock .* and Maid\.open/);

  const twoForTheEvent = startTestApp({ contracts, handlers: [Butler, Cook] });
  await expect(twoForTheEvent).rejects.toThrow(/event "rang" in group "house": Butler\.rang .* and Cook\.listen/);
});
