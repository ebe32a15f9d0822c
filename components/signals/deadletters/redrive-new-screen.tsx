"use client";
import Link from "next/link";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { DryRun } from "./dry-run.tsx";
import { searchHref } from "./links.ts";
import { RedriveForm } from "./redrive-form.tsx";
import { useDryRun } from "./use-dry-run.ts";

const CRUMBS = [{ label: "Dead letters", href: "/dead-letters" }];

/** The dry run: exactly what would be sent, and the form that starts it. Nothing is sent by looking. */
export function NewRedriveScreen({ q }: { q: string }) {
  const { reading, selection, error, again } = useDryRun(q);
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
          reading={reading}
          loading={!selection && !error}
          error={error}
          onRetry={again}
        >
          {selection ? <DryRun selection={selection} q={q} /> : null}
        </Panel>
        {selection && selection.total > 0 ? (
          <RedriveForm selection={selection} onCountAgain={again} />
        ) : null}
      </div>
    </>
  );
}
