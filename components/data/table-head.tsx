"use client";
import { clsx } from "clsx";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { Column } from "#components/data/column.ts";
import type { TableView } from "#components/data/use-table-view.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";

interface HeadProps<Row> {
  columns: readonly Column<Row>[];
  view: TableView;
  selection?: { all: boolean; some: boolean; toggle: (on: boolean) => void };
}

export function TableHead<Row>({ columns, view, selection }: HeadProps<Row>) {
  return (
    <thead className="sticky top-0 z-10 bg-surface text-left text-xs text-muted shadow-[inset_0_-1px_0_var(--color-line)]">
      <tr>
        {selection ? (
          <th scope="col" className="w-8 pl-3">
            <Checkbox
              aria-label="Select all rows on this page"
              checked={selection.all}
              indeterminate={selection.some && !selection.all}
              onChange={(event) => selection.toggle(event.target.checked)}
            />
          </th>
        ) : null}
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} view={view} />
        ))}
      </tr>
    </thead>
  );
}

export function cellClass<Row>(column: Column<Row>): string {
  return clsx(
    "px-2 whitespace-nowrap first:pl-3 last:pr-3",
    column.align === "right" && "text-right",
    column.phone === false && "max-sm:hidden",
    column.className,
  );
}

function HeadCell<Row>({ column, view }: { column: Column<Row>; view: TableView }) {
  const active = view.sort === column.id;
  const Arrow = view.dir === "asc" ? ArrowUp : ArrowDown;
  const label = column.sortable ? (
    <button
      type="button"
      onClick={() => view.toggleSort(column.id, column.firstDir)}
      className={clsx(
        "group inline-flex items-center gap-1 rounded-sm py-1 font-medium hover:text-ink",
        active && "text-ink",
        column.align === "right" && "flex-row-reverse",
      )}
    >
      {column.header}
      <Arrow
        aria-hidden="true"
        className={clsx("size-3", !active && "opacity-0 group-hover:opacity-50")}
      />
    </button>
  ) : (
    <span tabIndex={column.about ? 0 : undefined} className="rounded-sm font-medium">
      {column.header}
    </span>
  );
  return (
    <th
      scope="col"
      aria-sort={active ? (view.dir === "asc" ? "ascending" : "descending") : undefined}
      className={clsx(cellClass(column), "h-8 font-sans text-xs")}
    >
      {column.about ? <Tooltip content={column.about}>{label}</Tooltip> : label}
    </th>
  );
}
