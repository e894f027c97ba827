import { expect, test } from '@jest/globals';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, UseInterceptors } from '@nestjs/common'; // prettier-ignore
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';
import { map, type Observable, tap } from 'rxjs';

const draw = defineTask({ name: 'draw', queue: 'pictures', input: 'string', output: 'string' });
const lines: string[] = [];

@Injectable()
class Frame implements NestInterceptor<string, string> {
  intercept(context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    const [, { id, attempt }] = context.getArgs<[string, TaskContext]>();
    lines.push(`before ${id} ${attempt}`);
    return next.handle().pipe(map((picture) => `[${picture}]`), tap((framed) => lines.push(`after ${framed}`))); // prettier-ignore
  }
}

@Injectable()
class Painter {
  @Handles(draw)
  @UseInterceptors(Frame)
  draw(what: PayloadOf<typeof draw>): string {
    lines.push(`drawing ${what}`);
    return what;
  }
}

test('an interceptor is around the handler, sees its arguments, and what it returns is the output', async () => {
  await using app = await startTestApp({ contracts: [draw], handlers: [Painter] });

  const handle = await app.tasks.enqueue(draw, 'a tiger');

  expect(await handle.result({ timeoutMs: 20_000 })).toBe('[a tiger]');
  expect(lines).toEqual([`before ${handle.id} 1`, 'drawing a tiger', 'after [a tiger]']);
});
