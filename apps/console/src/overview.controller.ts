import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OverviewFeed, type FeedEvent } from './overview.feed.js';
import type { Overview } from './overview.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** What the console knows, as JSON once and as Server-Sent Events each second. */
@Controller('api/overview')
export class OverviewController {
  constructor(@Inject(OverviewFeed) private readonly feed: OverviewFeed) {}

  @Get()
  read(): Promise<Overview> {
    return this.feed.read();
  }

  /** Events `overview` (an {@link Overview}) and `trouble` (`{ code, message }`). 503 when too many streams are open. */
  @Get('stream')
  stream(@Res() reply: FastifyReply): void {
    const socket = reply.raw;
    const client = {
      next(event: FeedEvent): void {
        // A reader that is slower than the feed misses frames instead of filling our memory: each frame is whole.
        if (!socket.writableNeedDrain) socket.write(frameOf(event));
      },
      end: () => void socket.end(),
    };
    const leave = this.feed.join(client);
    if (leave === undefined) throw new ServiceUnavailableException('Too many streams are open. Try again later.');
    socket.once('close', leave);
    reply.hijack();
    socket.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    socket.write('retry: 2000\n\n');
  }
}

function frameOf(event: FeedEvent): string {
  const data = event.type === 'overview' ? event.overview : { code: event.code, message: event.message };
  return `event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
