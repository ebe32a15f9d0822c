"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { selectionQuery } from "#lib/signals/deadletters/client.ts";
import { DryRun } from "./dry-run.tsx";
import { searchHref } from "./links.ts";
import { RedriveForm } from "./redrive-form.tsx";

const CRUMBS = [{ label: "Dead letters", href: "/dead-letters" }];

/** The dry run: exactly what would be sent, and the form that starts it. Nothing is sent by looking. */
export function NewRedriveScreen({ q }: { q: string }) {
  // Frozen while somebody decides: what is counted here is what will be sent.
  const query = useQuery({
    ...selectionQuery(q),
    meta: { refresh: false },
    refetchOnWindowFocus: false,
  });
  const selection = query.data?.data;
  return (
    <>
      <PageHeader
        crumbs={CRUMBS}
        title="Redrive"
        about={
          <>
            {q === "" ? "Every dead letter" : "What this search finds: "}
            {q === "" ? null : (
              <Link
                href={searchHref(q)}
                className="font-mono text-xs wrap-anywhere text-accent hover:underline"
              >
                {q}
              </Link>
            )}
          </>
        }
      />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Panel
          title="Dry run"
          reading={query.data}
          loading={query.isPending}
          error={query.data ? undefined : query.error}
          onRetry={() => query.refetch()}
        >
          {selection ? <DryRun selection={selection} q={q} /> : null}
        </Panel>
        {selection && selection.total > 0 ? (
          <RedriveForm
            key={selection.upTo}
            selection={selection}
            onCountAgain={() => query.refetch()}
          />
        ) : null}
      </div>
    </>
  );
}
