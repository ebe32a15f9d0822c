import { createHash } from "node:crypto";
import type { Json } from "#lib/core/json.ts";
import { maskLiterals } from "../text.ts";

/** A node of EXPLAIN (FORMAT JSON): its names are PostgreSQL's own. */
export type PlanJson = { [key: string]: Json };

/** Members that hold names and words, never a literal of the statement. */
const NAMES = new Set([
  "Node Type",
  "Parent Relationship",
  "Subplan Name",
  "Strategy",
  "Partial Mode",
  "Join Type",
  "Scan Direction",
  "Operation",
  "Command",
  "Schema",
  "Relation Name",
  "Alias",
  "Index Name",
  "CTE Name",
  "Function Name",
  "Conflict Resolution",
]);

const childrenOf = (node: PlanJson): PlanJson[] => (node["Plans"] ?? []) as PlanJson[];

/** The plan as it may be stored: expressions without literals; output columns and what is off left out. */
export function withoutLiterals(node: PlanJson): PlanJson {
  const members = Object.entries(node).filter(
    ([name, value]) => name !== "Output" && name !== "Plans" && value !== false,
  );
  const clean = Object.fromEntries(members.map(([name, value]) => [name, cleanValue(name, value)]));
  const children = childrenOf(node).map(withoutLiterals);
  return children.length > 0 ? { ...clean, Plans: children } : clean;
}

function cleanValue(name: string, value: Json): Json {
  if (NAMES.has(name)) return value;
  if (typeof value === "string") return maskLiterals(value);
  return Array.isArray(value) ? value.map((each) => cleanValue(name, each)) : value;
}

/** What makes two plans the same plan: nodes, joins, tables and indexes; not costs, not values. */
export function planHash(root: PlanJson): string {
  return createHash("sha256").update(shapeOf(root)).digest("hex").slice(0, 16);
}

const SHAPE = [
  "Node Type",
  "Strategy",
  "Join Type",
  "Parent Relationship",
  "Operation",
  "Schema",
  "Relation Name",
  "Index Name",
  "CTE Name",
];

function shapeOf(node: PlanJson): string {
  const own = SHAPE.map((name) => node[name] ?? "").join("|");
  return `${own}(${childrenOf(node).map(shapeOf).join(",")})`;
}

export function everyNode(root: PlanJson): PlanJson[] {
  return [root, ...childrenOf(root).flatMap(everyNode)];
}

/** Tables the plan reads or changes, once each. */
export function relationsOf(root: PlanJson): { schema: string; name: string }[] {
  const named = everyNode(root).filter((node) => typeof node["Relation Name"] === "string");
  const found = named.map((node) => ({
    schema: String(node["Schema"] ?? ""),
    name: String(node["Relation Name"]),
  }));
  return [...new Map(found.map((each) => [`${each.schema}.${each.name}`, each])).values()];
}
