/** One place at which two JSON values differ. */
export interface Difference {
  /** `items[2].price`; `''` = the value itself. */
  readonly path: string;
  /** Undefined = it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Where two JSON values differ, from the top: objects field by field, lists place by place. */
export function diff(before: unknown, after: unknown, path = ''): Difference[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const places = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
    return places.flatMap((index) => diff(before[index], after[index], `${path}[${index}]`));
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => diff(own(before, name), own(after, name), step(path, name)));
  }
  return [{ path, before, after }];
}

/**
 * A copy of a JSON value with another value at a path; objects on the way that are missing are made.
 * @param path as {@link Difference.path}
 * @returns undefined when the path leads into something that has no fields, or to no place of its list
 */
export function withValueAt(json: unknown, path: string, value: unknown): { readonly json: unknown } | undefined {
  const steps = stepsOf(path);
  return steps === undefined ? undefined : put(json, steps, value);
}

function put(
  json: unknown,
  [name, ...rest]: readonly (string | number)[],
  value: unknown,
): { json: unknown } | undefined {
  if (name === undefined) return { json: value };
  if (typeof name === 'number') {
    if (!Array.isArray(json) || name > json.length) return undefined;
    const inner = put(json[name], rest, value);
    return inner && { json: Object.assign([...(json as unknown[])], { [name]: inner.json }) };
  }
  if (json !== undefined && json !== null && !isObject(json)) return undefined;
  const object = json ?? {};
  const inner = put(own(object, name), rest, value);
  const names = new Set([...Object.keys(object), name]);
  const entryOf = (key: string): [string, unknown] => [key, key === name ? inner!.json : own(object, key)];
  return inner && { json: Object.fromEntries([...names].map(entryOf)) };
}

function stepsOf(path: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  const pattern = /(?:^|\.)([A-Za-z_]\w*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/gy;
  for (let at = 0; at < path.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (match === null || (at === 0 && match[0].startsWith('.'))) return undefined;
    const [, name, index, quoted] = match;
    steps.push(name ?? (index === undefined ? (JSON.parse(quoted!) as string) : Number(index)));
  }
  return steps;
}

function step(path: string, name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}
