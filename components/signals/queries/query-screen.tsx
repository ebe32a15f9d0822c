"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ScanSearch } from "lucide-react";
import { parseAsString, useQueryStates } from "nuqs";
import { CodeBlock } from "#components/data/code-block.tsx";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { TimeRange } from "#components/data/time-range.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { queryQuery } from "#lib/signals/queries/client.ts";
import {
  type ExplainResult,
  explainResultSchema,
  type QueryDetail,
} from "#lib/signals/queries/schema.ts";
import { QueryCharts } from "./charts.tsx";
import { QueryFacts, QueryIdentity } from "./facts.tsx";
import { PlanPanel } from "./plan-panel.tsx";
import { titleOf } from "./title.ts";
import { DEFAULT_RANGE, queryParams } from "./view.ts";

const CRUMBS = [{ label: "Queries", href: "/queries" }];
const parsers = { range: parseAsString, plan: parseAsString };

/** One statement: what it did, how it developed, and how the server carries it out. */
export function QueryScreen({ id }: { id: string }) {
  const [{ range, plan }, setView] = useQueryStates(parsers);
  const query = useQuery({
    ...queryQuery(id, queryParams(range, plan)),
    placeholderData: keepPreviousData,
  });
  const statement = query.data?.data;
  const shownRange = range || DEFAULT_RANGE;
  return (
    <>
      <PageHeader
        crumbs={CRUMBS}
        title={statement ? titleOf(statement.kind, statement.text) : "Statement"}
        meta={statement ? <Badges statement={statement} /> : null}
        actions={
          <>
            {statement ? <GetPlan statement={statement} /> : null}
            <TimeRange
              value={shownRange}
              onChange={(next) => void setView({ range: next === DEFAULT_RANGE ? null : next })}
            />
          </>
        }
      />
      <div className="flex flex-col gap-4">
        <Panel
          title="In this time"
          reading={query.data}
          loading={query.isPending}
          error={query.error}
          onRetry={() => query.refetch()}
        >
          {statement ? <QueryFacts statement={statement} /> : null}
        </Panel>
        {statement ? (
          <>
            <Panel title="Statement" hint="Without its literals: Plumbline stores none.">
              {statement.text === null ? (
                <p className="text-sm text-muted">
                  The server could not tell the text yet. It is asked again with the next call.
                </p>
              ) : (
                <CodeBlock text={statement.text} label="Statement" />
              )}
              <QueryIdentity statement={statement} />
            </Panel>
            <PlanPanel
              statement={statement}
              reading={query.data}
              onChoose={(next) => void setView({ plan: next })}
            />
            <QueryCharts id={id} range={shownRange} />
          </>
        ) : null}
      </div>
    </>
  );
}

function Badges({ statement }: { statement: QueryDetail }) {
  return (
    <>
      {statement.planChanged ? <Badge tone="warn">plan changed</Badge> : null}
      {statement.toplevel ? null : (
        <Badge title="Sent by a function or trigger: its time is part of that one's, too.">
          nested
        </Badge>
      )}
      {statement.truncated ? <Badge tone="warn">text cut off</Badge> : null}
    </>
  );
}

/** Reasons that asking again cannot change. */
const HOPELESS = new Set(["not_explainable", "other_database", "truncated", "no_text"]);

function GetPlan({ statement }: { statement: QueryDetail }) {
  const { noPlan } = statement;
  const hopeless = noPlan && HOPELESS.has(noPlan.reason) ? noPlan.title : null;
  return (
    <ConfirmAction
      action="queries.explain"
      label="Get plan now"
      icon={<ScanSearch aria-hidden="true" className="size-3.5" />}
      source={statement.source}
      input={{ statement: statement.id }}
      disabledReason={hopeless}
      about={`Asks ${statement.source} once for the plan of this statement. The statement is not run and nothing is changed.`}
      renderResult={(result) => <PlanResult result={explainResultSchema.parse(result)} />}
    />
  );
}

function PlanResult({ result }: { result: ExplainResult }) {
  if (!result.planned) return <p>There is no plan: {result.reason}. The page says why.</p>;
  return (
    <p>
      {result.planChanged ? "The plan is another one than before." : "The plan is on the page."}
    </p>
  );
}
