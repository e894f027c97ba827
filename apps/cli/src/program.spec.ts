import { expect, test } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import type { Io } from './command.js';
import { temporaryFolder } from './folder.fixture.js';
import { explain, runProgram } from './program.js';

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  using folder = temporaryFolder();
  const said = { out: '', err: '' };
  const io: Io = {
    out: (text) => void (said.out += text),
    taken: () => Promise.resolve(),
    err: (text) => void (said.err += text),
    cwd: folder.path,
    env: {},
  };
  return { code: await runProgram(argv, io), ...said };
}

test.each([[[]], [['help']], [['dlq', 'ls', '--help']]])('%j prints the help', async (argv) => {
  const { code, out, err } = await run(...argv);
  expect([code, err]).toEqual([0, '']);
  for (const name of ['dev', 'enqueue', 'result', 'topology plan', 'dlq replay']) expect(out).toContain(`sunbeon ${name} `); // prettier-ignore
});

test.each([
  [['reslt'], 'There is no command "reslt". Did you mean "result"? All commands: sunbeon help'],
  [['xyzzy'], 'There is no command "xyzzy". All commands'],
  [['dlq'], 'There is no command "dlq". There are: dlq ls, dlq groups, dlq show, dlq replay'],
  [['dlq', 'shwo'], 'Did you mean "dlq show"?'],
  [['result'], 'Usage: sunbeon result <id> [--json].'],
  [['result', 'a', 'b'], 'Usage: sunbeon result <id> [--json].'],
  [['result', '--jsno', 'a'], "Unknown option '--jsno'. Usage: sunbeon result <id> [--json]."],
])('%j is a wrong command line', async (argv, words) => {
  const { code, out, err } = await run(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(words);
});

test('a command that fails throws: without a cluster NO_CLUSTER, with a wrong port OPTION_INVALID', async () => {
  await expect(run('topology')).rejects.toMatchObject({ code: 'NO_CLUSTER' });
  await expect(run('topology', 'plan', '--json')).rejects.toMatchObject({ code: 'NO_CLUSTER' });
  await expect(run('dev', '--port', 'producer=99999')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
});

test.each([
  [['dlq', 'replay', '--resume', 'an-act', '--dry-run'], '--dry-run and --resume are both given.'],
  [['dlq', 'replay', '--resume', 'an-act', '--rate', '5'], '--rate and --resume are both given.'],
  [['rerun', '--resume', 'an-act', '--since', '1h'], '--since and --resume are both given.'],
  [['rerun', '--resume', 'an-act', '--shadow'], '--shadow and --resume are both given.'],
])('%j is refused: what is gone on with does what it was asked', async (argv, words) => {
  await expect(run(...argv)).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining(words) });
});

test('an error is explained by its code and hint, and only an unforeseen one with a stack', () => {
  expect(explain(new SunbeonError('NO_CLUSTER', 'None.', { hint: 'Start one.' }))).toBe('NO_CLUSTER: None. Start one.');
  expect(explain(Object.assign(new Error('Died.'), { code: 'X', hint: 'Look.' }))).toBe('X: Died. Look.');
  expect(explain(new TypeError('what?'))).toMatch(/^TypeError: what\?\n\s+at /);
});
