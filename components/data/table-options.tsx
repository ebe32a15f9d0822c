"use client";
import { Download, Settings2 } from "lucide-react";
import type { Column } from "#components/data/column.ts";
import type { TableView } from "#components/data/use-table-view.ts";
import { setAppearance, useAppearance, type Density } from "#components/ui/appearance.ts";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { Segmented, type Segment } from "#components/ui/segmented.tsx";

const densities: readonly Segment<Density>[] = [
  { value: "compact", label: "Compact" },
  { value: "normal", label: "Normal" },
  { value: "relaxed", label: "Relaxed" },
];

/** Columns, density and CSV of a table. Columns live in the URL, density is the person's own. */
export function TableOptions<Row>({
  columns,
  shown,
  view,
  csv,
}: {
  columns: readonly Column<Row>[];
  shown: ReadonlySet<string>;
  view: TableView;
  csv?: string;
}) {
  const { density } = useAppearance();
  const choose = (id: string, on: boolean) => {
    const next = columns.filter(
      (column) => column.hideable !== false && (column.id === id ? on : shown.has(column.id)),
    );
    view.set({ cols: next.map((column) => column.id).join() });
  };
  return (
    <div className="flex items-center gap-1.5">
      {csv ? (
        <a
          href={csv}
          download
          className={buttonClass("secondary", "icon")}
          aria-label="Export as CSV"
          title="Export as CSV"
        >
          <Download className="size-4" />
        </a>
      ) : null}
      <Popover
        label="Table options"
        iconOnly
        size="icon"
        variant="secondary"
        align="end"
        trigger={<Settings2 className="mx-auto size-4" />}
      >
        <div className="flex w-56 flex-col gap-3">
          <Segmented
            label="Row density"
            value={density}
            options={densities}
            onValueChange={(next) => setAppearance({ density: next })}
          />
          <fieldset>
            <legend className="mb-1 text-xs font-medium text-muted">Columns</legend>
            <div className="flex max-h-72 scroll-thin flex-col gap-0.5 overflow-y-auto p-0.5">
              {columns
                .filter((column) => column.hideable !== false)
                .map((column) => (
                  <Checkbox
                    key={column.id}
                    label={column.header}
                    checked={shown.has(column.id)}
                    onChange={(event) => choose(column.id, event.target.checked)}
                  />
                ))}
            </div>
          </fieldset>
          {view.cols ? (
            <Button size="sm" variant="ghost" onClick={() => view.set({ cols: null })}>
              Reset columns
            </Button>
          ) : null}
        </div>
      </Popover>
    </div>
  );
}
