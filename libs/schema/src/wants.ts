import type avsc from 'avsc';

/** What a schema accepts, in words: `double`, `null or string`, `one of "A", "B"`, `record Item`. */
export function wants(type: avsc.Type): string {
  switch (type.typeName) {
    case 'enum':
      return `one of ${listed((type as avsc.types.EnumType).symbols)}`;
    case 'fixed':
      return `${(type as avsc.types.FixedType).size} bytes (a Buffer; base64 in JSON)`;
    case 'bytes':
      return 'bytes (a Buffer; base64 in JSON)';
    case 'record':
      return `record ${type.name ?? ''}`.trim();
    case 'union:unwrapped':
      return (type as avsc.types.UnwrappedUnionType).types.map(wants).join(' or ');
    case 'union:wrapped':
      return (type as avsc.types.WrappedUnionType).types.map(wrapped).join(' or ');
    case 'array':
      return `an array of ${wants((type as avsc.types.ArrayType).itemsType)}`;
    case 'map':
      return `an object with values of ${wants((type as avsc.types.MapType).valuesType as avsc.Type)}`;
    default:
      return type.typeName;
  }
}

/** Two branches that look alike (two records, int and double) are told apart by an object with the branch's name. */
function wrapped(branch: avsc.Type): string {
  return branch.typeName === 'null' ? 'null' : `{ "${branch.branchName}": … }`;
}

function listed(symbols: readonly string[]): string {
  const first = symbols.slice(0, 10).map((symbol) => JSON.stringify(symbol));
  return first.join(', ') + (symbols.length > first.length ? ', …' : '');
}
