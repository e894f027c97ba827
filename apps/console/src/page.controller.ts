import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';

/** The page and its files, read once at boot: a fixed list, so no path of a request ever reaches the file system. */
@Controller()
export class PageController {
  private readonly html = readPublic('index.html');
  private readonly script = readPublic('console.js');
  private readonly rate = readPublic('rate.js');
  private readonly style = readPublic('console.css');

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  index(): string {
    return this.html;
  }

  @Get('console.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  consoleScript(): string {
    return this.script;
  }

  @Get('rate.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  rateScript(): string {
    return this.rate;
  }

  @Get('console.css')
  @Header('content-type', 'text/css; charset=utf-8')
  stylesheet(): string {
    return this.style;
  }
}

/** `public/` lies beside `src/` and `dist/`, so one path serves both. */
function readPublic(name: string): string {
  return readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8');
}
