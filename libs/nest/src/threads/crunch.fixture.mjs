// A module as a thread loads it: plain JavaScript, for a thread runs no TypeScript with decorators. The specs give the process's side.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { Bury, defineEvent, defineTask, Retry, SunbeonError } from '@sunbeon/core';
import { Handles, Subscribes } from '@sunbeon/nest';

export const crunch = defineTask({ name: 'crunch', queue: 'crunch', input: 'string', output: 'string' });
export const crunched = defineEvent({ name: 'crunched', schema: 'string' });

class Unit {
  name = 'MiB';
}

/** What it does is its payload's `do`. */
class Crunch {
  constructor(unit) {
    this.unit = unit;
  }

  async run(payload, context) {
    return this[payload.do](payload, context);
  }

  async on(payload, context) {
    return this.run(payload, context);
  }

  echo({ value }) {
    return value;
  }
  injected() {
    return this.unit.name;
  }
  facts(_payload, { id, attempt, key, headers, topic, partition, offset, sentMs, deadlineMs, isShadow }) {
    return { id, attempt, key, headers, topic, partition, offset, sentMs, deadlineMs, isShadow };
  }
  async aborted(_payload, { signal }) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw signal.reason;
  }
  throws({ what }) {
    const errors = {
      retry: new Retry(7, 'busy'),
      bury: new Bury('hopeless'),
      own: new TypeError('oops'),
      code: new SunbeonError('PAYLOAD_INVALID', 'no'),
      text: 'just text',
    };
    throw errors[what];
  }
  promise() {
    return { it: Promise.resolve() };
  }
  async enqueue({ what }, context) {
    context.logger.error('sending', new TypeError('why'));
    return [
      await context.enqueue(crunched, 'a'),
      await context.enqueue(crunched, Buffer.from('b'), { name: 'second' }),
      await context.enqueue(what === 'unknown' ? defineTask({ name: 'x', queue: 'x', input: 'string' }) : crunch, 'c'),
    ];
  }
  spin(_payload, { logger }) {
    logger.log('begun');
    for (;;);
  }
  exit() {
    process.exit(3);
  }
  unheard() {
    void Promise.reject(new RangeError('nobody listens'));
    return new Promise(() => undefined);
  }
  memory() {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(kept.length));
  }
}
Reflect.defineMetadata('design:paramtypes', [Unit], Crunch);
Injectable()(Crunch);
Injectable()(Unit);
const of = (method) => [Crunch.prototype, method, Object.getOwnPropertyDescriptor(Crunch.prototype, method)];
Handles(crunch, { isolate: 'thread' })(...of('run'));
Subscribes(crunched, { group: 'g', isolate: 'thread' })(...of('on'));

export class CrunchModule {}
Module({ providers: [Crunch, Unit] })(CrunchModule);

export class BrokenModule {}
Module({
  providers: [{ provide: 'X', useFactory: () => Promise.reject(new Error('no database')) }],
})(BrokenModule);
