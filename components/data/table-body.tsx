"use client";
import type { ReactTable } from "@tanstack/react-table";
import { clsx } from "clsx";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { MouseEvent } from "react";
import type { Column } from "#components/data/column.ts";
import type { Features } from "#components/data/table-features.ts";
import { cellClass } from "#components/data/table-head.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";

interface BodyProps<Row extends object> {
  table: ReactTable<Features, Row>;
  columns: readonly Column<Row>[];
  selectable: boolean;
  rowHref?: (row: Row) => string;
}

/** The rows. The first column holds the real link; a click anywhere else on the row follows it, unless text is being selected. */
export function TableBody<Row extends object>({
  table,
  columns,
  selectable,
  rowHref,
}: BodyProps<Row>) {
  const router = useRouter();
  const follow = (event: MouseEvent, href: string) => {
    if (event.defaultPrevented || isOwnControl(event) || getSelection()?.toString()) return;
    if (event.metaKey || event.ctrlKey) window.open(href, "_blank", "noopener");
    else router.push(href);
  };
  return (
    <tbody data-rows="">
      {table.getRowModel().rows.map((row) => {
        const href = rowHref?.(row.original);
        return (
          <tr
            key={row.id}
            data-row=""
            tabIndex={href || selectable ? undefined : -1}
            aria-selected={selectable ? row.getIsSelected() : undefined}
            onClick={href ? (event) => follow(event, href) : undefined}
            className={clsx(
              "h-row border-b border-line last:border-0 focus-within:bg-hover hover:bg-hover aria-selected:bg-accent-soft",
              "focus-within:shadow-[inset_2px_0_0_var(--color-accent)]",
              href && "cursor-pointer",
            )}
          >
            {selectable ? (
              <td className="w-8 pl-3">
                <Checkbox
                  aria-label="Select row"
                  checked={row.getIsSelected()}
                  onChange={row.getToggleSelectedHandler()}
                />
              </td>
            ) : null}
            {columns.map((column, at) => (
              <td key={column.id} className={cellClass(column)}>
                {at === 0 && href ? (
                  <Link
                    href={href}
                    data-row-link=""
                    prefetch={false}
                    className="rounded-sm font-medium outline-offset-2"
                  >
                    {column.cell(row.original)}
                  </Link>
                ) : (
                  column.cell(row.original)
                )}
              </td>
            ))}
          </tr>
        );
      })}
    </tbody>
  );
}

function isOwnControl(event: MouseEvent): boolean {
  return (
    event.target instanceof Element &&
    event.target.closest("a, button, input, select, label, [role=dialog], [role=menu]") !== null
  );
}
