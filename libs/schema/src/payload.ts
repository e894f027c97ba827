import type avsc from 'avsc';
import { SunbeonError } from '@sunbeon/core/errors';
import { didYouMean } from '@sunbeon/core/options';
import { wants } from './wants.js';

interface Complaint {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly type: avsc.Type;
}

const STRICT = { noUndeclaredFields: true } as const;

/**
 * Checks a value against its schema; cheap when it fits.
 * @param where what the value belongs to, e.g. `math.add`
 * @throws SunbeonError `PAYLOAD_INVALID` naming the first wrong field; `facts.fields` names them all
 */
export function assertFits(type: avsc.Type, value: unknown, where: string): void {
  if (type.isValid(value, STRICT)) return;
  const complaints: Complaint[] = [];
  type.isValid(value, {
    ...STRICT,
    errorHook: (path, got, wanted) => complaints.push({ path, value: got, type: wanted }),
  });
  throw invalid(complaints, where);
}

function invalid(complaints: readonly Complaint[], where: string): SunbeonError {
  const [first] = complaints;
  if (first === undefined) return new SunbeonError('PAYLOAD_INVALID', `${where}: the payload does not fit its schema.`);
  const { message, field, hint } = explain(first);
  const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : '';
  return new SunbeonError('PAYLOAD_INVALID', `${where}: ${message}${more}${hint === undefined ? '' : '.'}`, {
    ...(hint === undefined ? {} : { hint }),
    facts: { field, fields: complaints.slice(0, 20).map((complaint) => explain(complaint).field) },
  });
}

function explain(complaint: Complaint): { message: string; field: string; hint?: string } {
  const unknown = unknownField(complaint);
  if (unknown !== undefined) return unknown;
  const field = fieldName(complaint.path);
  const subject = field === '' ? 'the payload' : `field "${field}"`;
  const wanted = `the schema wants ${wants(complaint.type)}`;
  if (complaint.value === undefined) return { field, message: `${subject} is missing, ${wanted}` };
  return { field, message: `${subject}: got ${shown(complaint.value)}, ${wanted}` };
}

function unknownField({ path, value, type }: Complaint): { message: string; field: string; hint: string } | undefined {
  if (type.typeName !== 'record' || typeof value !== 'object' || value === null || Array.isArray(value))
    return undefined;
  const known = (type as avsc.types.RecordType).fields.map((field) => field.name);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  const field = fieldName([...path, unknown]);
  const hint = didYouMean(unknown, known) ?? `Known fields: ${known.join(', ') || 'none'}.`;
  return { field, message: `field "${field}" is not in the schema`, hint };
}

/** `items[2].price`, as people write it. */
function fieldName(path: readonly string[]): string {
  let name = '';
  for (const step of path) {
    if (/^\d+$/.test(step)) name += `[${step}]`;
    else if (/^[A-Za-z_]\w*$/.test(step)) name += name === '' ? step : `.${step}`;
    else name += `[${JSON.stringify(clipped(step))}]`;
  }
  return name;
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `string ${JSON.stringify(clipped(value))}`;
  if (typeof value === 'bigint') return `bigint ${clipped(String(value))}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value} ${String(value)}`;
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return value instanceof Date ? 'a Date' : 'an object';
  return `a ${typeof value}`;
}

/** Payloads can be large and errors end up in headers and logs. */
function clipped(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
