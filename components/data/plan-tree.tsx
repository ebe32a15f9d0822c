"use client";
import { clsx } from "clsx";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { EmptyState } from "#components/data/empty-state.tsx";
import { formatCount, formatDuration, formatPercent } from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import { planText, readPlan, type PlanNode } from "#components/data/plan.ts";
import { treeMove } from "#components/data/tree-keys.ts";
import { Badge } from "#components/ui/badge.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";

const SHARE_WARN = 0.3;
const indents = ["pl-0", "pl-5", "pl-10", "pl-15", "pl-20", "pl-25", "pl-30", "pl-35", "pl-40"];

/** An EXPLAIN (FORMAT JSON) plan as a tree: arrow keys walk it, bars show each node's own share of the cost. */
export function PlanTree({ plan, label = "Query plan" }: { plan: unknown; label?: string }) {
  const nodes = useMemo(() => readPlan(plan), [plan]);
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [focused, setFocused] = useState(0);
  const tree = useRef<HTMLDivElement>(null);
  if (nodes.length === 0)
    return <EmptyState title="No plan">The answer was not an EXPLAIN plan in JSON.</EmptyState>;
  const visible = nodes.filter((node) => !hasClosedAncestor(node, nodes, closed));
  const setOpen = (id: number, open: boolean) => {
    const next = new Set(closed);
    if (open) next.delete(id);
    else next.add(id);
    setClosed(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = treeMove(event.key, focused, visible, closed);
    if (!move) return;
    event.preventDefault();
    if (move.open !== undefined) return setOpen(focused, move.open);
    setFocused(move.focus);
    tree.current?.querySelector<HTMLElement>(`[data-node="${move.focus}"]`)?.focus();
  };
  const row = (node: PlanNode) => (
    <PlanRow
      key={node.id}
      node={node}
      open={!closed.has(node.id)}
      siblings={node.parent === null ? [node.id] : nodes[node.parent]!.children}
      focusable={node.id === focused}
      onFocus={() => setFocused(node.id)}
      onKeyDown={onKeyDown}
      onToggle={(open) => setOpen(node.id, open)}
    />
  );
  return (
    <div>
      <div className="flex items-center gap-2 border-b border-line py-0.5 pr-1 pl-3 text-xs text-muted">
        <span>
          Total cost {formatCount(nodes[0]!.totalCost)}; bars show each node’s own part of it.
        </span>
        <CopyButton text={() => planText(nodes)} label="Copy plan as text" className="ml-auto" />
      </div>
      <div ref={tree} role="tree" aria-label={label} className="scroll-thin overflow-x-auto">
        {visible.map(row)}
      </div>
    </div>
  );
}

function hasClosedAncestor(
  node: PlanNode,
  nodes: readonly PlanNode[],
  closed: ReadonlySet<number>,
): boolean {
  for (let at = node.parent; at !== null; at = nodes[at]!.parent) if (closed.has(at)) return true;
  return false;
}

interface RowProps {
  node: PlanNode;
  open: boolean;
  siblings: readonly number[];
  focusable: boolean;
  onFocus: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onToggle: (open: boolean) => void;
}

function PlanRow({ node, open, siblings, focusable, onFocus, onKeyDown, onToggle }: RowProps) {
  const branch = node.children.length > 0;
  const Chevron = open ? ChevronDown : ChevronRight;
  const costly = node.share >= SHARE_WARN;
  return (
    <div
      role="treeitem"
      data-node={node.id}
      aria-level={node.depth + 1}
      aria-setsize={siblings.length}
      aria-posinset={siblings.indexOf(node.id) + 1}
      aria-expanded={branch ? open : undefined}
      aria-selected={focusable}
      tabIndex={focusable ? 0 : -1}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
      onClick={() => branch && !getSelection()?.toString() && onToggle(!open)}
      className={clsx(
        "border-b border-line py-1.5 pr-3 pl-2 -outline-offset-2 last:border-0 hover:bg-hover sm:grid sm:grid-cols-[minmax(0,1fr)_9rem] sm:gap-x-4",
        branch && "cursor-pointer",
      )}
    >
      <div
        className={clsx("flex min-w-0 gap-1", indents[Math.min(node.depth, indents.length - 1)])}
      >
        <span className="w-4 shrink-0 pt-0.5 text-faint">
          {branch ? <Chevron aria-hidden="true" className="size-3.5" /> : null}
        </span>
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-x-1.5 gap-y-0.5">
            <span className="font-medium">{node.type}</span>
            <span className="wrap-anywhere text-muted">{node.target}</span>
            {node.flags.map((flag) => (
              <Badge key={flag} tone="warn">
                {flag}
              </Badge>
            ))}
          </p>
          {node.details.map((detail) => (
            <p key={detail.name} className="font-mono text-2xs wrap-anywhere text-muted">
              {detail.name}: <span className="text-ink">{detail.value}</span>
            </p>
          ))}
        </div>
      </div>
      <div className="max-sm:mt-1 max-sm:ml-6">
        <Meter
          label={`Own cost of ${node.type}`}
          ratio={node.share}
          text={formatPercent(node.share)}
          tone={costly ? "warn" : "accent"}
        />
        <p className="text-right text-2xs text-muted">
          {node.rows === null ? "" : `${formatCount(node.rows)} rows`}
          {node.actualMs === null
            ? ""
            : ` · ${formatCount(node.actualRows)} real · ${formatDuration(node.actualMs)}`}
          {` · cost ${formatCount(node.totalCost)}`}
        </p>
      </div>
    </div>
  );
}
