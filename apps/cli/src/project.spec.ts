import { expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folder.fixture.js';
import { readProject } from './project.js';

test('the project is that of the nearest sunbeon.json upwards', () => {
  using folder = temporaryFolder();
  const deep = join(folder.path, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(folder.path, 'sunbeon.json'), '{"contracts":"c.js","apps":[{"name":"x","run":"x.js"}]}');

  expect(readProject(deep)).toEqual({ root: folder.path, contracts: 'c.js', apps: [{ name: 'x', run: 'x.js' }], demo: false }); // prettier-ignore
});

test('without one there is nothing to run', () => {
  using folder = temporaryFolder();
  expect(readProject(folder.path)).toEqual({ root: folder.path, contracts: undefined, apps: [], demo: false });
});

test.each([
  ['{', /sunbeon\.json is no JSON/],
  ['{"app":[]}', /sunbeon\.json.*Did you mean "apps"\?/],
  ['{"apps":[{"name":"x","run":"x.js","replica":2}]}', /sunbeon\.json: apps.*Did you mean "replicas"\?/],
])('a file that says %s is refused with what is wrong', (text, words) => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'sunbeon.json'), text);
  expect(() => readProject(folder.path)).toThrow(words);
});
