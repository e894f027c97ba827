import { afterEach, describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, UseFilters } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Bury, Drop, Retry } from '@sunbeon/core';
import { throwError } from 'rxjs';
import { Apps } from './boot.fake.js';
import { add } from './contracts.fake.js';
import { Handles } from './decorators.js';

type Pair = { a: number; b: number };

const apps = new Apps();
const boot = apps.boot.bind(apps);
afterEach(() => apps.close());

describe('exception filters', () => {
  @Catch()
  class Answers implements ExceptionFilter {
    catch(error: Error): unknown {
      if (error.message === 'observable') return throwError(() => new Error('thrown by the filter'));
      return error.message === 'known' ? { sum: -1 } : undefined;
    }
  }
  @Catch()
  class OnlyLogs implements ExceptionFilter {
    async catch(_error: Error, host: ArgumentsHost): Promise<void> {
      expect(host.getType<string>()).toBe('sunbeon');
      return Promise.resolve();
    }
  }
  @Catch()
  class AnswersAll implements ExceptionFilter {
    catch(): unknown {
      return { sum: -2 };
    }
  }
  const throwing = (thrown: unknown) => {
    @Injectable()
    class Throws {
      @Handles(add) add(): { sum: number } {
        throw thrown;
      }
    }
    return Throws;
  };
  const signals = [new Retry(5), new Drop('done before'), new Bury('no use')];

  it.each([...signals, new Error('boom'), 'a string'])(
    'without any, what a handler throws comes out as it is: %s',
    async (thrown) => {
      const transport = await boot(throwing(thrown));
      await expect(transport.deliver('math.add', {})).rejects.toBe(thrown);
    },
  );

  it.each(signals)('pass %s by', async (signal) => {
    const transport = await boot(throwing(signal), { provide: APP_FILTER, useClass: AnswersAll });
    await expect(transport.deliver('math.add', {})).rejects.toBe(signal);
  });

  it('make their value the output, and throw what they throw', async () => {
    const transport = await boot(throwing(new Error('known')), { provide: APP_FILTER, useClass: Answers });
    await expect(transport.deliver('math.add', {})).resolves.toEqual({ sum: -1 });
    const other = await boot(throwing(new Error('observable')), { provide: APP_FILTER, useClass: Answers });
    await expect(other.deliver('math.add', {})).rejects.toThrow('thrown by the filter');
  });

  it('that return nothing have not handled the error', async () => {
    const error = new Error('boom');
    @Injectable()
    class Filtered {
      @UseFilters(OnlyLogs)
      @Handles(add)
      add({ a }: Pair): { sum: number } {
        if (a === 0) throw error;
        return { sum: a };
      }
    }
    const transport = await boot(Filtered);
    await expect(transport.deliver('math.add', { a: 0 })).rejects.toBe(error);
    await expect(transport.deliver('math.add', { a: 1 })).resolves.toEqual({ sum: 1 });
  });
});
