"use client";
import { useTable, type ColumnDef, type RowSelectionState } from "@tanstack/react-table";
import { clsx } from "clsx";
import { useMemo, useState, type ReactNode } from "react";
import { visibleIds, type Column } from "#components/data/column.ts";
import { EmptyState } from "#components/data/empty-state.tsx";
import { ErrorState } from "#components/data/error-state.tsx";
import { features, type Features } from "#components/data/table-features.ts";
import { TableBody } from "#components/data/table-body.tsx";
import { TableFooter } from "#components/data/table-footer.tsx";
import { TableHead } from "#components/data/table-head.tsx";
import { TableOptions } from "#components/data/table-options.tsx";
import type { TableView } from "#components/data/use-table-view.ts";
import { Button } from "#components/ui/button.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";

export interface DataTableProps<Row> {
  /** What the rows are, for screen readers: "Statements". */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  view: TableView;
  nextCursor: string | null;
  /** All rows of the filter, when the server keeps that count. */
  total?: number | null;
  /** Where a row leads; Enter and click go there. */
  rowHref?: (row: Row) => string;
  /** Actions for the chosen rows; gives the table check boxes, `x` and Shift-click. */
  bulk?: (ids: string[], clear: () => void) => ReactNode;
  /** From `csvHref`; adds an export link. */
  csv?: string;
  /** First load: rows of the right height, no jump later. */
  loading?: boolean;
  /** New rows for changed filters are on their way; the old ones stay, dimmed. */
  refreshing?: boolean;
  error?: unknown;
  onRetry?: () => void;
  /** What to say when there is nothing: an EmptyState. */
  empty?: ReactNode;
  /** Left of the column chooser: usually a FilterBar. */
  toolbar?: ReactNode;
}

/** A list sorted, filtered and paged by the server, its view in the URL. Keys: j/k move, Enter opens, x selects. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, rowId, view, label, loading, error } = props;
  const [rowSelection, setRowSelection] = useState<RowSelectionState>({});
  const shown = visibleIds(columns, view.cols);
  const defs = useMemo(
    () =>
      columns.map((column): ColumnDef<Features, Row> => ({
        id: column.id,
        header: column.header,
        meta: column,
      })),
    [columns],
  );
  const table = useTable({
    features,
    columns: defs,
    data: rows as Row[],
    getRowId: rowId,
    state: {
      rowSelection,
      columnVisibility: Object.fromEntries(
        columns.map((column) => [column.id, shown.has(column.id)]),
      ),
    },
    onRowSelectionChange: setRowSelection,
  });
  const visible = columns.filter((column) => shown.has(column.id));
  const present = new Set(rows.map(rowId));
  const selected = Object.keys(rowSelection).filter((id) => present.has(id));
  const clear = () => setRowSelection({});
  return (
    <div className="min-w-0">
      <div className="flex flex-wrap items-start gap-2 border-b border-line p-2">
        <div className="min-w-0 flex-1">{props.toolbar}</div>
        <TableOptions columns={columns} shown={shown} view={view} csv={props.csv} />
      </div>
      <div className="relative scroll-thin overflow-auto sm:max-h-[calc(100dvh-9rem)]">
        <table
          aria-busy={loading || props.refreshing}
          className={clsx(
            "w-full border-collapse text-sm",
            props.refreshing && "opacity-60 transition-opacity delay-150",
          )}
        >
          <caption className="sr-only">{label}</caption>
          <TableHead
            columns={visible}
            view={view}
            selection={
              props.bulk
                ? {
                    all: table.getIsAllRowsSelected(),
                    some: table.getIsSomeRowsSelected(),
                    toggle: (on) => table.toggleAllRowsSelected(on),
                  }
                : undefined
            }
          />
          {loading ? (
            <LoadingBody columns={visible.length + (props.bulk ? 1 : 0)} />
          ) : (
            <TableBody
              table={table}
              columns={visible}
              selectable={Boolean(props.bulk)}
              rowHref={props.rowHref}
            />
          )}
        </table>
        {!loading && error ? <ErrorState error={error} onRetry={props.onRetry} /> : null}
        {!loading && !error && rows.length === 0
          ? (props.empty ?? <EmptyState title="Nothing here">No rows match this view.</EmptyState>)
          : null}
      </div>
      {props.bulk && selected.length > 0 ? (
        <BulkBar count={selected.length} onClear={clear}>
          {props.bulk(selected, clear)}
        </BulkBar>
      ) : null}
      <TableFooter
        view={view}
        count={rows.length}
        total={props.total}
        nextCursor={props.nextCursor}
      />
    </div>
  );
}

/** Below the rows, so that choosing one moves nothing; on a phone it stays in reach. */
function BulkBar({
  count,
  onClear,
  children,
}: {
  count: number;
  onClear: () => void;
  children: ReactNode;
}) {
  return (
    <div className="sticky bottom-0 z-10 flex min-h-11 flex-wrap items-center gap-2 border-t border-line bg-accent-soft px-3 py-1.5">
      <span role="status" className="text-sm font-medium">
        {count} selected
      </span>
      {children}
      <Button variant="ghost" size="sm" className="ml-auto" onClick={onClear}>
        Clear selection
      </Button>
    </div>
  );
}

function LoadingBody({ columns }: { columns: number }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: 8 }, (_, row) => (
        <tr key={row} className="h-row border-b border-line last:border-0">
          <td colSpan={columns} className="px-3">
            <Skeleton className="h-3" />
          </td>
        </tr>
      ))}
    </tbody>
  );
}
