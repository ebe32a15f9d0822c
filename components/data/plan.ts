/** EXPLAIN (FORMAT JSON) as a flat list of nodes in reading order, with what each node adds by itself. */
export interface PlanNode {
  /** Position in the list, also its identity. */
  id: number;
  parent: number | null;
  depth: number;
  type: string;
  /** "on payment p using payment_status_idx". */
  target: string;
  relation: string | null;
  index: string | null;
  rows: number | null;
  width: number | null;
  totalCost: number;
  /** Cost of this node without its children. */
  selfCost: number;
  /** Own cost as a part of the whole plan's, 0..1. */
  share: number;
  /** From ANALYZE only. */
  actualRows: number | null;
  actualMs: number | null;
  loops: number | null;
  /** Conditions, keys and other details: "Filter", "(status = 'open')". */
  details: { name: string; value: string }[];
  /** What deserves a look, in words. */
  flags: string[];
  children: number[];
}

type Raw = Record<string, unknown>;

const DETAILS = [
  "Subplan Name",
  "Join Type",
  "Index Cond",
  "Recheck Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "Filter",
  "Rows Removed by Filter",
  "Sort Key",
  "Sort Method",
  "Sort Space Type",
  "Group Key",
  "Strategy",
  "Partial Mode",
  "Workers Planned",
  "Heap Fetches",
  "Function Name",
  "CTE Name",
];
const EXPENSIVE_SHARE = 0.3;
const LARGE_SCAN_ROWS = 10_000;

const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** Nodes of a plan; empty when the value is not what EXPLAIN (FORMAT JSON) answers. */
export function readPlan(explain: unknown): PlanNode[] {
  const top = (Array.isArray(explain) ? explain[0] : explain) as Raw | null | undefined;
  const root = (top?.["Plan"] ?? (top?.["Node Type"] ? top : undefined)) as Raw | undefined;
  if (!root) return [];
  const nodes: PlanNode[] = [];
  visit(root, null, 0, nodes);
  const whole = nodes[0]!.totalCost || 1;
  for (const node of nodes) {
    const below = node.children.reduce((sum, child) => sum + nodes[child]!.totalCost, 0);
    node.selfCost = Math.max(0, node.totalCost - below);
    node.share = Math.min(1, node.selfCost / whole);
    node.flags = flagsOf(node);
  }
  return nodes;
}

function visit(raw: Raw, parent: number | null, depth: number, nodes: PlanNode[]): number {
  const relation = text(raw["Relation Name"]);
  const index = text(raw["Index Name"]);
  const alias = text(raw["Alias"]);
  const source = relation ?? text(raw["CTE Name"]) ?? text(raw["Function Name"]);
  const node: PlanNode = {
    id: nodes.length,
    parent,
    depth,
    type: text(raw["Node Type"]) ?? "Unknown node",
    target: [
      source ? `on ${source}${alias && alias !== source ? ` ${alias}` : ""}` : "",
      index ? `using ${index}` : "",
    ]
      .filter(Boolean)
      .join(" "),
    relation,
    index,
    rows: number(raw["Plan Rows"]),
    width: number(raw["Plan Width"]),
    totalCost: number(raw["Total Cost"]) ?? 0,
    selfCost: 0,
    share: 0,
    actualRows: number(raw["Actual Rows"]),
    actualMs: number(raw["Actual Total Time"]),
    loops: number(raw["Actual Loops"]),
    details: DETAILS.flatMap((name) =>
      raw[name] === undefined
        ? []
        : [{ name, value: Array.isArray(raw[name]) ? raw[name].join(", ") : String(raw[name]) }],
    ),
    flags: [],
    children: [],
  };
  nodes.push(node);
  const plans = Array.isArray(raw["Plans"]) ? (raw["Plans"] as Raw[]) : [];
  node.children = plans.map((child) => visit(child, node.id, depth + 1, nodes));
  return node.id;
}

function flagsOf(node: PlanNode): string[] {
  const flags: string[] = [];
  const filtered = node.details.some((detail) => detail.name === "Filter");
  if (node.type === "Seq Scan")
    flags.push(filtered ? "reads the whole table to filter it" : "reads the whole table");
  if (node.share >= EXPENSIVE_SHARE) flags.push("most of the cost");
  if (node.details.some((detail) => detail.name === "Sort Space Type" && detail.value === "Disk"))
    flags.push("sorts on disk");
  if (node.type === "Nested Loop" && (node.rows ?? 0) >= LARGE_SCAN_ROWS)
    flags.push("loops over many rows");
  if (
    node.rows &&
    node.actualRows !== null &&
    Math.max(node.actualRows / node.rows, node.rows / Math.max(node.actualRows, 1)) >= 10
  )
    flags.push("estimate off by 10× or more");
  return flags;
}

/** The plan as text, in the form PostgreSQL prints. */
export function planText(nodes: readonly PlanNode[]): string {
  return nodes
    .flatMap((node) => {
      const indent = "      ".repeat(Math.max(0, node.depth - 1)) + (node.depth > 0 ? "  " : "");
      const actual =
        node.actualMs === null
          ? ""
          : ` (actual time=${node.actualMs} rows=${node.actualRows} loops=${node.loops})`;
      const head = `${indent}${node.depth > 0 ? "->  " : ""}${node.type}${node.target ? ` ${node.target}` : ""}  (cost=${node.totalCost} rows=${node.rows ?? "?"} width=${node.width ?? "?"})${actual}`;
      return [
        head,
        ...node.details.map(
          (detail) => `${indent}${node.depth > 0 ? "      " : "  "}${detail.name}: ${detail.value}`,
        ),
      ];
    })
    .join("\n");
}
