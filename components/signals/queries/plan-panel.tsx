"use client";
import { clsx } from "clsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { formatCount, formatDuration, formatTime, formatUtc } from "#components/data/format.ts";
import type { ReadingInfo } from "#components/data/freshness.ts";
import { Panel } from "#components/data/panel.tsx";
import { PlanTree } from "#components/data/plan-tree.tsx";
import { useNow } from "#components/data/use-now.ts";
import { Badge } from "#components/ui/badge.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import type { PlanSummary, QueryDetail } from "#lib/signals/queries/schema.ts";

interface PlanPanelProps {
  statement: QueryDetail;
  reading: ReadingInfo | undefined;
  /** Shows another plan; null = the one in use. */
  onChoose: (plan: string | null) => void;
}

/** How the server carries the statement out, or why that is not known; earlier plans stay to be compared. */
export function PlanPanel({ statement, reading, onChoose }: PlanPanelProps) {
  const { plan, plans, noPlan } = statement;
  const cost = plan ? `generic plan, cost ${formatCount(plan.cost)}` : undefined;
  return (
    <Panel title="Plan" hint={cost} reading={reading}>
      <div className="flex flex-col gap-4">
        {noPlan ? <NoPlan noPlan={noPlan} stale={plan !== null} /> : null}
        {plan ? (
          <>
            {plan.current ? null : <EarlierPlan plan={plan} onBack={() => onChoose(null)} />}
            <Observations items={plan.observations} />
            <PlanTree plan={plan.tree} label="Query plan" />
          </>
        ) : null}
        {plans.length > 1 ? (
          <PlanHistory plans={plans} shown={plan?.id} onChoose={onChoose} />
        ) : null}
      </div>
    </Panel>
  );
}

function NoPlan({ noPlan, stale }: { noPlan: NonNullable<QueryDetail["noPlan"]>; stale: boolean }) {
  const now = useNow();
  const next = noPlan.nextAt && now ? `Tried again ${formatTime(noPlan.nextAt, now)}.` : "";
  const text = (
    <>
      {noPlan.remedy} {next} <code className="font-mono text-2xs text-faint">{noPlan.reason}</code>
    </>
  );
  if (!stale) return <EmptyState title={noPlan.title}>{text}</EmptyState>;
  return (
    <p className="flex items-start gap-2 text-sm">
      <ToneIcon tone="warn" className="mt-0.5" />
      <span>
        <span className="font-medium">
          The newest attempt failed: {noPlan.title.toLowerCase()}.
        </span>{" "}
        {text}
      </span>
    </p>
  );
}

function EarlierPlan({ plan, onBack }: { plan: PlanSummary; onBack: () => void }) {
  const now = useNow();
  return (
    <p className="flex flex-wrap items-center gap-2 text-sm">
      <Badge tone="neutral">earlier plan</Badge>
      {now ? `last seen ${formatTime(plan.lastSeen, now)}` : null}
      <button
        type="button"
        onClick={onBack}
        className="text-accent underline-offset-2 hover:underline"
      >
        Show the one in use
      </button>
    </p>
  );
}

function Observations({ items }: { items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 text-sm">
      {items.map((item) => (
        <li key={item} className="flex items-start gap-2">
          <ToneIcon tone="neutral" className="mt-0.5" />
          <span className="min-w-0 wrap-anywhere">{item}</span>
        </li>
      ))}
    </ul>
  );
}

function PlanHistory({
  plans,
  shown,
  onChoose,
}: {
  plans: readonly PlanSummary[];
  shown: string | undefined;
  onChoose: (plan: string | null) => void;
}) {
  const now = useNow();
  const when = (at: string) => (
    <time dateTime={at} title={formatUtc(at)}>
      {now ? formatTime(at, now) : formatUtc(at)}
    </time>
  );
  return (
    <div className="scroll-thin overflow-x-auto">
      <table className="w-full text-sm">
        <caption className="pb-1 text-left text-xs text-muted">
          Plans this statement was seen with
        </caption>
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted">
            <th scope="col" className="py-1 pr-3 font-medium">
              Plan
            </th>
            <th scope="col" className="py-1 pr-3 font-medium">
              In use since
            </th>
            <th scope="col" className="py-1 pr-3 font-medium">
              Last seen
            </th>
            <th scope="col" className="py-1 pr-3 text-right font-medium">
              Mean time then
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {plans.map((plan) => (
            <tr
              key={plan.id}
              className={clsx(
                "border-b border-line last:border-0",
                plan.id === shown && "bg-accent-soft",
              )}
            >
              <td className="py-1.5 pr-3">
                <button
                  type="button"
                  aria-pressed={plan.id === shown}
                  onClick={() => onChoose(plan.current ? null : plan.id)}
                  className="rounded-sm text-left hover:underline"
                >
                  {plan.shape}
                </button>{" "}
                {plan.current ? <Badge tone="ok">in use</Badge> : null}
              </td>
              <td className="py-1.5 pr-3 whitespace-nowrap">{when(plan.currentSince)}</td>
              <td className="py-1.5 pr-3 whitespace-nowrap">{when(plan.lastSeen)}</td>
              <td className="py-1.5 pr-3 text-right">{formatDuration(plan.meanMs)}</td>
              <td className="py-1.5 text-right">{formatCount(plan.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
