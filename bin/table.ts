/** Rows as aligned text columns under a header line; `none` when there are no rows. */
export function textTable(header: string[], rows: string[][], none: string): string {
  if (rows.length === 0) return none;
  const lines = [header, ...rows];
  const widths = header.map((_title, at) =>
    Math.max(...lines.map((line) => line[at]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
