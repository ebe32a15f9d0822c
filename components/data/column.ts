import type { ReactNode } from "react";

/** One column of a DataTable. The server sorts and filters; a column only shows. */
export interface Column<Row> {
  /** Also the sort key sent to the server and the name in `cols`. */
  id: string;
  header: string;
  /** Explains the header on hover and focus: units, window, what is not counted. */
  about?: string;
  cell: (row: Row) => ReactNode;
  sortable?: boolean;
  /** First click sorts this way; numbers default to "desc", text columns want "asc". */
  firstDir?: "asc" | "desc";
  /** Numbers go right. */
  align?: "left" | "right";
  /** Width or wrapping classes for the cells, e.g. "w-24" or "w-full max-w-0 truncate" for the one that takes the rest. */
  className?: string;
  /** False keeps it out of the column chooser (the identifying column). */
  hideable?: boolean;
  /** Not shown until chosen. */
  initiallyHidden?: boolean;
  /** False drops it below 640 px, where it stays reachable on the row's page. */
  phone?: boolean;
}

/** Which columns are visible: the URL's choice, else each column's own default. Unknown ids are ignored. */
export function visibleIds<Row>(
  columns: readonly Column<Row>[],
  chosen: readonly string[] | null,
): Set<string> {
  const wanted = chosen ? new Set(chosen) : null;
  const shown = columns.filter(
    (column) =>
      column.hideable === false || (wanted ? wanted.has(column.id) : !column.initiallyHidden),
  );
  return new Set(shown.map((column) => column.id));
}
