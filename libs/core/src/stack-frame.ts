/** As much of a stack is looked at; deeper frames are the framework's. */
const MAX_STACK = 16_000;
const MAX_LINES = 50;
const MAX_LINE = 1_000;

/** Rooms of this repository whose frames say nothing about a failure: they are below every handler. */
const ROOMS = new Set(['core', 'kafka', 'nest', 'schema', 'store', 'testing', 'embedded']);
/** Where those rooms lie: in `libs/` of the checkout, or in `node_modules/@sunbeon/`. */
const HOUSE = new URL('../../', import.meta.url).href;

/**
 * Where in the user's own code an error was thrown: `<file without folder and ending> <function>` of the first frame that is not
 * Node's, not a dependency's and not Sunbeon's; `''` where there is none. No folder and no line: it is the same on another machine, and after
 * an edit elsewhere in the file.
 * @param house the folder, as a URL with `/` at its end, in which Sunbeon's rooms lie
 */
export function firstOwnFrame(stack: string, message = '', house = HOUSE): string {
  const lines = belowMessage(stack, message).slice(0, MAX_STACK).split('\n', MAX_LINES);
  for (const line of lines) {
    const frame = frameOf(line.slice(0, MAX_LINE));
    if (frame !== undefined && isOwn(frame.place, house)) return `${fileOf(frame.place)} ${frame.name}`.trimEnd();
  }
  return '';
}

/** A message may have lines that look like frames. */
function belowMessage(stack: string, message: string): string {
  const at = message === '' ? -1 : stack.indexOf(message);
  return at < 0 ? stack : stack.slice(at + message.length);
}

/** `    at async Class.method [as alias] (file:///a/b.js:1:2)`, or without a name `    at /a/b.js:1:2`. */
function frameOf(line: string): { readonly name: string; readonly place: string } | undefined {
  const text = line.trim();
  if (!text.startsWith('at ')) return undefined;
  const open = text.endsWith(')') ? text.indexOf(' (') : -1;
  const place = (open < 0 ? text.slice(3) : text.slice(open + 2, -1)).replace(/^async /, '').replace(/:\d{1,9}:\d{1,9}$/, ''); // prettier-ignore
  const name = open < 0 ? '' : text.slice(3, open).replace(/^async /, '').replace(/ \[as [^\]]{1,200}\]$/, ''); // prettier-ignore
  return { name: name.replace(/<anonymous>$/, ''), place: place.replaceAll('\\', '/') };
}

/** A file of the user's: not `node:fs`, `native`, `<anonymous>`, `wasm://…`. */
function isOwn(place: string, house: string): boolean {
  if (!/^(?:file:\/\/)?(?:\/|[a-z]:\/)/i.test(place) || place.includes('/node_modules/')) return false;
  const folder = place.startsWith('file:') ? house : house.replace(/^file:\/\/(?:\/(?=[a-z]:))?/i, '');
  if (!place.startsWith(folder)) return true;
  return !ROOMS.has(place.slice(folder.length).split('/', 1)[0]!);
}

/** `resize` of `…/resize.js`, and of `…/resize.ts`, which a source map makes of it. */
function fileOf(place: string): string {
  const base = place.slice(place.lastIndexOf('/') + 1);
  return base.replace(/\.[cm]?[jt]sx?$/, '');
}
