"use client";
import { useQueries, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { Panel } from "#components/data/panel.tsx";
import { treeMove } from "#components/data/tree-keys.ts";
import { flowChildrenQuery, type FlowNode, flowQuery } from "#lib/signals/queues/client.ts";
import { flowRows, type FlowRow, type KnownChildren, nodeKey } from "./flow-rows.ts";
import { FlowLine } from "./flow-line.tsx";

interface FlowTreeProps {
  queueId: string;
  job: { source: string; queue: string; job: string };
}

/** The flow that a job belongs to, from its root: who waits for whom, and what failed. */
export function FlowTree({ queueId, job }: FlowTreeProps) {
  const query = useQuery(flowQuery(job));
  const flow = query.data?.data;
  return (
    <Panel
      title="Flow"
      hint={flow?.cut ? "the root is further up than is read" : "from its root"}
      reading={query.data}
      loading={query.isPending}
      error={query.data ? undefined : query.error}
      onRetry={() => query.refetch()}
      flush
    >
      {flow ? (
        <Tree key={flow.path.map(nodeKey).join()} path={flow.path} job={job} queueId={queueId} />
      ) : null}
    </Panel>
  );
}

/** Pages of children that were asked for, by parent; the first page has an empty cursor. */
type Pages = ReadonlyMap<string, readonly string[]>;
const FIRST = [""];

function Tree({ path, job, queueId }: FlowTreeProps & { path: FlowNode[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(path.map(nodeKey)));
  const [pages, setPages] = useState<Pages>(new Map());
  const [focusedKey, setFocusedKey] = useState(nodeKey(job));
  const tree = useRef<HTMLDivElement>(null);
  const known = useChildren(job.source, open, pages);
  const rows = flowRows(path, open, known);
  const focused = rows.find(({ key }) => key === focusedKey)?.id ?? 0;
  const toggle = (key: string, wanted: boolean) => {
    const next = new Set(open);
    if (wanted) next.add(key);
    else next.delete(key);
    setOpen(next);
  };
  const more = (row: FlowRow & { kind: "more" }) => {
    const parent = rows[row.parent ?? 0]?.key ?? "";
    setPages(new Map(pages).set(parent, [...(pages.get(parent) ?? FIRST), row.cursor]));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[focused];
    if (row?.kind === "more" && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      return more(row);
    }
    const closed = new Set(rows.flatMap((each) => (isClosed(each) ? [each.id] : [])));
    const move = treeMove(event.key, focused, rows.map(asItem), closed);
    if (!move) return;
    event.preventDefault();
    if (move.open !== undefined) return toggle(row?.key ?? "", move.open);
    setFocusedKey(rows[move.focus]?.key ?? "");
    tree.current?.querySelector<HTMLElement>(`[data-node="${move.focus}"]`)?.focus();
  };
  return (
    <div ref={tree} role="tree" aria-label="Flow" className="scroll-thin overflow-x-auto">
      {rows.map((row) => (
        <FlowLine
          key={row.key + String(row.parent)}
          row={row}
          siblings={row.parent === null ? [row.id] : (rows[row.parent]?.children ?? [])}
          here={row.key === nodeKey(job)}
          source={queueId.slice(0, queueId.indexOf("~"))}
          focusable={row.id === focused}
          onFocus={() => setFocusedKey(row.key)}
          onKeyDown={onKeyDown}
          onToggle={(wanted) => toggle(row.key, wanted)}
          onMore={more}
        />
      ))}
    </div>
  );
}

/** A closed branch has children that are not among the lines. */
const isClosed = (row: FlowRow): boolean =>
  row.kind === "job" && !row.open && row.node.children !== null;
const asItem = (row: FlowRow) => (isClosed(row) ? { ...row, children: [-1] } : row);

function useChildren(source: string, open: ReadonlySet<string>, pages: Pages) {
  const wanted = [...open].flatMap((key) =>
    (pages.get(key) ?? FIRST).map((cursor) => ({ key, cursor })),
  );
  const answers = useQueries({
    queries: wanted.map(({ key, cursor }) => {
      const [queue, job] = JSON.parse(key) as [string, string];
      return flowChildrenQuery({ source, queue, job }, cursor);
    }),
  });
  const known = new Map<string, KnownChildren>();
  wanted.forEach(({ key }, at) => {
    const before = known.get(key);
    const page = answers[at]?.data?.data;
    known.set(key, {
      rows: [...(before?.rows ?? []), ...(page?.rows ?? [])],
      cursor: page ? page.nextCursor : (before?.cursor ?? null),
      status: page ? "read" : answers[at]?.isPending ? "loading" : "unread",
    });
  });
  return known;
}
