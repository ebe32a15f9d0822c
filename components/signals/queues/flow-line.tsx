"use client";
import { clsx } from "clsx";
import { ChevronDown, ChevronRight } from "lucide-react";
import Link from "next/link";
import type { KeyboardEvent } from "react";
import { formatInteger } from "#components/data/format.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Spinner } from "#components/ui/spinner.tsx";
import type { FlowNode } from "#lib/signals/queues/client.ts";
import { type FlowRow, isBranch } from "./flow-rows.ts";
import { jobHref } from "./links.ts";
import { STATES } from "./states.ts";

const indents = ["pl-0", "pl-5", "pl-10", "pl-15", "pl-20", "pl-25", "pl-30", "pl-35", "pl-40"];

interface FlowLineProps {
  row: FlowRow;
  siblings: readonly number[];
  /** The job whose page this is. */
  here: boolean;
  /** The source's name. */
  source: string;
  focusable: boolean;
  onFocus: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onToggle: (open: boolean) => void;
  onMore: (row: FlowRow & { kind: "more" }) => void;
}

/** One line of the tree: a job, or what stands for more of them. */
export function FlowLine({
  row,
  siblings,
  here,
  focusable,
  onToggle,
  onMore,
  ...rest
}: FlowLineProps) {
  const branch = row.kind === "job" && isBranch(row.node);
  const open = row.kind === "job" && row.open;
  const Chevron = open ? ChevronDown : ChevronRight;
  const activate = () => {
    if (getSelection()?.toString()) return;
    if (branch) onToggle(!open);
    if (row.kind === "more") onMore(row);
  };
  return (
    <div
      role="treeitem"
      aria-label={labelOf(row)}
      data-node={row.id}
      aria-level={row.depth + 1}
      aria-setsize={siblings.length}
      aria-posinset={siblings.indexOf(row.id) + 1}
      aria-expanded={branch ? open : undefined}
      aria-selected={here}
      tabIndex={focusable ? 0 : -1}
      onFocus={rest.onFocus}
      onKeyDown={rest.onKeyDown}
      onClick={activate}
      className={clsx(
        "border-b border-line py-1.5 pr-3 pl-2 text-sm -outline-offset-2 last:border-0 hover:bg-hover",
        (branch || row.kind === "more") && "cursor-pointer",
        here && "bg-sunken",
      )}
    >
      <div className={clsx("flex min-w-0 gap-1", indents[Math.min(row.depth, indents.length - 1)])}>
        <span className="w-4 shrink-0 pt-0.5 text-faint">
          {branch ? <Chevron aria-hidden="true" className="size-3.5" /> : null}
        </span>
        <div className="min-w-0">
          <Content row={row} source={rest.source} focusable={focusable} here={here} />
        </div>
      </div>
    </div>
  );
}

function labelOf(row: FlowRow): string {
  if (row.kind === "loading") return "Loading";
  if (row.kind === "unread") return "Could not be read";
  if (row.kind === "more") return `Show more${row.left === null ? "" : ` of ${row.left}`}`;
  const { name, job, gone, state, failedReason } = row.node;
  const parts = [`${name ?? "job"} ${job}`, gone ? "gone" : state, failedReason];
  return parts.filter(Boolean).join(", ");
}

function Content({ row, ...job }: Pick<FlowLineProps, "row" | "source" | "focusable" | "here">) {
  if (row.kind === "job") return <JobLine node={row.node} {...job} />;
  if (row.kind === "loading") return <Spinner />;
  if (row.kind === "unread")
    return <span className="text-muted">Its jobs could not be read just now.</span>;
  return (
    <span className="text-accent">
      {row.left === null ? "Show more" : `${formatInteger(row.left)} more`}
    </span>
  );
}

/** What its failure does to the job above it. */
const ON_FAILURE = {
  fails: { label: "fails its parent", about: "failParentOnFailure" },
  continues: { label: "lets its parent go on at once", about: "continueParentOnFailure" },
  ignores: { label: "failure ignored", about: "ignoreDependencyOnFailure" },
  forgets: { label: "dropped when it fails", about: "removeDependencyOnFailure" },
};

function JobLine({
  node,
  source,
  focusable,
  here,
}: { node: FlowNode } & Pick<FlowLineProps, "source" | "focusable" | "here">) {
  const rule = node.onFailure && ON_FAILURE[node.onFailure];
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <span className={clsx(here && "font-medium")}>{node.name ?? "job"}</span>
        <Link
          href={jobHref(`${source}~${node.queue}`, node.job)}
          tabIndex={focusable ? 0 : -1}
          onClick={(event) => event.stopPropagation()}
          onKeyDown={(event) => event.key === "Enter" && event.stopPropagation()}
          className="inline-flex min-h-6 min-w-0 items-center font-mono text-xs wrap-anywhere text-accent hover:underline"
        >
          {node.queue} {node.job}
        </Link>
        {node.gone ? (
          <Badge title="Finished and not kept, or removed.">gone</Badge>
        ) : node.state ? (
          <Badge tone={STATES[node.state].tone}>{STATES[node.state].label.toLowerCase()}</Badge>
        ) : null}
        {rule ? <Badge title={rule.about}>{rule.label}</Badge> : null}
      </p>
      <p className="text-xs text-muted">
        {[
          node.attemptsMade > 0 ? `${node.attemptsMade} of ${node.maxAttempts} attempts` : "",
          node.children ? countText(node.children) : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {node.failedReason ? (
        <p className="text-xs wrap-anywhere text-crit">{node.failedReason}</p>
      ) : null}
    </>
  );
}

function countText({
  failed,
  ignored,
  pending,
  completed,
}: NonNullable<FlowNode["children"]>): string {
  const parts = [
    [pending, "pending"],
    [completed, "completed"],
    [failed, "failed"],
    [ignored, "failed and passed over"],
  ] as const;
  const shown = parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatInteger(count)} ${word}`);
  return `children: ${shown.join(", ")}`;
}
