"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { DataTable } from "#components/data/data-table.tsx";
import { plural } from "#components/data/format.ts";
import { csvHref } from "#components/data/table-params.ts";
import { useTableView } from "#components/data/use-table-view.ts";
import { Card } from "#components/ui/card.tsx";
import { lettersQuery } from "#lib/signals/deadletters/client.ts";
import { decided } from "./decided.tsx";
import { letterColumns } from "./letter-columns.tsx";
import { letterHref } from "./links.ts";
import { NothingDead } from "./nothing-dead.tsx";
import { lettersParams, lettersView } from "./view.ts";

/** Letter by letter, newest first. */
export function Letters({ total }: { total: number | null }) {
  const view = useTableView(lettersView);
  const params = lettersParams(view.params);
  const query = useQuery({ ...lettersQuery(params), placeholderData: keepPreviousData });
  const page = query.data?.data;
  return (
    <Card>
      <DataTable
        label="Dead letters"
        columns={letterColumns}
        rows={page?.rows ?? []}
        rowId={(row) => row.id}
        rowHref={(row) => letterHref(row.id)}
        view={view}
        nextCursor={page?.nextCursor ?? null}
        total={page?.total ?? total}
        csv={csvHref("/api/v1/signals/deadletters", params)}
        loading={query.isPending}
        refreshing={query.isPlaceholderData}
        error={page ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={<NothingDead q={view.q} />}
        toolbar={
          <p className="px-1 py-1.5 text-xs text-muted">
            {page?.note ?? "One letter is one failure of one job."}
          </p>
        }
        bulk={discardChosen}
      />
    </Card>
  );
}

function discardChosen(ids: string[], clear: () => void) {
  return (
    <ConfirmAction
      action="deadletters.discard"
      label="Discard"
      title={`Discard ${plural(ids.length, "dead letter")}`}
      icon={<Archive className="size-3.5" />}
      about="They are taken out of what is open. Their jobs stay where they are, everything known of them is kept, and each can be restored."
      input={{ ids }}
      renderResult={decided}
      onDone={clear}
    />
  );
}
