import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fifo } from './fifo.js';

type Step = 'shift' | 'odd' | 'push' | 'back';

test('a Fifo is an array with push, shift and unshift, also where it compacts', () => {
  const steps = fc.array(fc.constantFrom<Step>('push', 'push', 'push', 'shift', 'shift', 'odd', 'back'), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      let next = 0;
      for (const step of all) {
        if (step === 'shift') expect(fifo.shift()).toBe(model.shift());
        if (step === 'push') fifo.push(next);
        if (step === 'push') model.push(next++);
        if (step === 'back') fifo.unshift(next);
        if (step === 'back') model.unshift(next++);
        if (step === 'odd') {
          const kept = model.filter((item) => item % 7 !== 0);
          expect(fifo.keep((item) => item % 7 !== 0)).toBe(model.length - kept.length);
          model = kept;
        }
        expect([fifo.length, fifo.first]).toEqual([model.length, model[0]]);
      }
      while (model.length > 0) expect(fifo.shift()).toBe(model.shift());
    }),
  );
});
