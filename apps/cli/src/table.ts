/** Rows as aligned columns, the head underlined. Cells are cut at `maxWidth` characters. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[], maxWidth = 60): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cut(String(cell ?? '–'), maxWidth)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd(); // prettier-ignore
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n');
}

function cut(text: string, width: number): string {
  const single = text.replace(/\s+/g, ' ');
  return single.length <= width ? single : `${single.slice(0, width - 1)}…`;
}
