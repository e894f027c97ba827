#!/usr/bin/env node
// Found before anything is built, so that `npx sunbeon` can say what is missing instead of a module error.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
const [major] = process.versions.node.split('.').map(Number);
if (major < 24)
  fail(`Sunbeon needs Node 24 or later, this is ${process.version}. Run it with "npx sunbeon" from the project.`);
else if (!existsSync(main)) fail('Sunbeon is not built yet. Run "npm start" or "npm run build" once.');
else await import(main.href);

function fail(message) {
  process.stderr.write(`sunbeon: ${message}\n`);
  process.exitCode = 1;
}
