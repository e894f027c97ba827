import { basename } from 'node:path';
import { read } from '../house/repository.js';

/** A fenced block of a page. Marked by its info string (` ```ts run `), or by `<!-- not run: reason -->` above it. */
export interface Block {
  /** `docs/guide/tasks.md:42` */
  readonly at: string;
  readonly language: string;
  readonly run: boolean;
  /** Compiled, not run: ` ```ts check `. */
  readonly check: boolean;
  /** Why it is not run. */
  readonly notRun: string | undefined;
  /** `file=…` of the info string: other blocks of the page import it by this name. */
  readonly file: string;
  readonly code: string;
  /** What the block below it says that it prints: ` ```text output `. */
  readonly output: string | undefined;
}

const FENCE = /^[ \t]*```(\w*)([^\n]*)\n([\s\S]*?)^[ \t]*```$/gm;

export function blocksOf(page: string): Block[] {
  const text = read(page);
  const fences = [...text.matchAll(FENCE)];
  return fences.map((fence, index) => {
    const [, language = '', info = '', code = ''] = fence;
    const line = text.slice(0, fence.index).split('\n').length;
    const next = fences[index + 1];
    return {
      at: `${page}:${line}`,
      language,
      run: /\brun\b/.test(info),
      check: /\bcheck\b/.test(info),
      notRun: /<!-- not run: (\S[^>]*) -->\s*$/.exec(text.slice(0, fence.index))?.[1],
      file: /\bfile=(\S+)/.exec(info)?.[1] ?? `${basename(page, '.md')}-${line}`.toLowerCase(),
      code,
      output: next !== undefined && /\boutput\b/.test(next[2]!) ? next[3] : undefined,
    };
  });
}

/** Code that neither is run nor says why not. */
export function unmarked(blocks: readonly Block[]): string[] {
  const code = blocks.filter(({ language }) => /^(ts|typescript|js|sh|bash|shell)$/.test(language));
  return code.filter(({ run, notRun }) => !run && notRun === undefined).map(({ at }) => at);
}

const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<id>'],
  [/\b\d{13}\b/g, '<ms>'],
  [/─+/g, '─'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>'],
];

/** What fits `normal(…)` of the output shown; `…` stands for anything. */
export function asPattern(shown: string): RegExp {
  const parts = normal(shown).split('…');
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('.*')}$`, 's');
}

/** Ids and times differ from run to run, and spaces do not count. */
export function normal(printed: string): string {
  return PLACEHOLDERS.reduce((text, [from, to]) => text.replace(from, to), printed).replace(/\s+/g, '');
}
