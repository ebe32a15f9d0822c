"use client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { formatInteger, plural } from "#components/data/format.ts";
import type { TableView } from "#components/data/use-table-view.ts";
import { Button } from "#components/ui/button.tsx";

/** How many rows, and the way to the next and previous page. Keyset paging: pages have no numbers. */
export function TableFooter({
  view,
  count,
  total,
  nextCursor,
}: {
  view: TableView;
  count: number;
  total?: number | null;
  nextCursor: string | null;
}) {
  // Cursors of the pages before this one. Lost on reload: then "First page" leads back.
  const [before, setBefore] = useState<readonly (string | null)[]>([]);
  if (!view.cursor && !nextCursor && count === 0) return null;
  const next = () => {
    setBefore([...before, view.cursor]);
    view.set({ cursor: nextCursor });
  };
  const previous = () => {
    setBefore(before.slice(0, -1));
    view.set({ cursor: before.at(-1) ?? null });
  };
  const known = before.length > 0;
  const text =
    typeof total === "number"
      ? `${formatInteger(count)} of ${plural(total, "row")}`
      : `${plural(count, "row")}${nextCursor ? ", more follow" : ""}`;
  return (
    <nav
      aria-label="Pages"
      className="flex min-h-10 flex-wrap items-center gap-2 border-t border-line px-3 py-1 text-xs text-muted"
    >
      <span role="status">{text}</span>
      {view.cursor || nextCursor ? (
        <span className="ml-auto flex gap-1.5">
          <Button
            size="sm"
            disabled={!view.cursor}
            onClick={previous}
            icon={<ChevronLeft className="size-3.5" />}
          >
            {known || !view.cursor ? "Previous" : "First page"}
          </Button>
          <Button size="sm" disabled={!nextCursor} onClick={next}>
            Next
            <ChevronRight className="size-3.5" />
          </Button>
        </span>
      ) : null}
    </nav>
  );
}
