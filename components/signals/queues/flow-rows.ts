import type { FlowNode } from "#lib/signals/queues/client.ts";

/** One line of a flow's tree as it is shown. */
export type FlowRow = {
  id: number;
  parent: number | null;
  /** Of those shown. */
  children: number[];
  depth: number;
} & (
  | { kind: "job"; node: FlowNode; key: string; open: boolean }
  /** The rest of a parent's jobs, behind a cursor. */
  | { kind: "more"; key: string; cursor: string; left: number | null }
  | { kind: "loading"; key: string }
  | { kind: "unread"; key: string }
);

/** What is known of a parent's children. */
export interface KnownChildren {
  rows: readonly FlowNode[];
  /** Null when these are all. */
  cursor: string | null;
  status: "loading" | "unread" | "read";
}

export const nodeKey = ({ queue, job }: Pick<FlowNode, "queue" | "job">): string =>
  JSON.stringify([queue, job]);

export const isBranch = ({ children }: FlowNode): boolean => children !== null;

/**
 * The lines of a tree from its root: open jobs with their children, each once. `path` are the keys from the root to the job that is
 * looked at: they are shown also while the page of children they are on is not read.
 */
export function flowRows(
  path: readonly FlowNode[],
  open: ReadonlySet<string>,
  known: ReadonlyMap<string, KnownChildren>,
): FlowRow[] {
  const rows: FlowRow[] = [];
  const above = new Set<string>();
  const [root] = path;
  if (root) addJob(root, null, 0);
  return rows;

  function add<Row extends object>(row: Row, parent: number | null, depth: number): number {
    const id = rows.length;
    rows.push({ ...row, id, parent, children: [], depth } as unknown as FlowRow);
    if (parent !== null) rows[parent]?.children.push(id);
    return id;
  }

  function addJob(node: FlowNode, parent: number | null, depth: number): void {
    const key = nodeKey(node);
    // A ring of jobs ends where it closes.
    const isOpen = open.has(key) && isBranch(node) && !above.has(key);
    const id = add({ kind: "job", node, key, open: isOpen }, parent, depth);
    if (!isOpen) return;
    above.add(key);
    addChildren(node, key, id, depth + 1);
    above.delete(key);
  }

  function addChildren(node: FlowNode, key: string, parent: number, depth: number): void {
    const at = path.findIndex((each) => nodeKey(each) === key);
    const onPath = at >= 0 ? path[at + 1] : undefined;
    const { rows: found = [], cursor = null, status = "loading" } = known.get(key) ?? {};
    const children = unique([...(onPath ? [onPath] : []), ...found]);
    for (const child of children) addJob(child, parent, depth);
    if (status !== "read") add({ kind: status, key: `${key} ${status}` }, parent, depth);
    else if (cursor) {
      const left = total(node) - children.length;
      add(
        { kind: "more", key: `${key} more`, cursor, left: left > 0 ? left : null },
        parent,
        depth,
      );
    }
  }
}

const total = ({ children }: FlowNode): number =>
  children ? children.failed + children.ignored + children.pending + children.completed : 0;

function unique(nodes: readonly FlowNode[]): FlowNode[] {
  return [...new Map(nodes.map((node) => [nodeKey(node), node])).values()];
}
