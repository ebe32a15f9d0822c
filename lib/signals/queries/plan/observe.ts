import type { PlanNotes } from "./plan.ts";
import { ASSUMED_LIST_LENGTH } from "./rewrite.ts";
import { everyNode, type PlanJson } from "./tree.ts";

/** Smaller tables are read whole because that is the quickest way. */
const BIG_TABLE_ROWS = 10_000;
const BIG_TABLE_BYTES = 8 * 1024 * 1024;
/** A scan that keeps less than this part of a big table would profit from an index. */
const SELECTIVE = 0.1;
const MANY_ROWS = 100_000;

const number = (node: PlanJson, name: string): number => Number(node[name] ?? 0);
const count = (value: number): string => Math.round(value).toLocaleString("en-GB");

/** What the plan itself says that is worth a look. No guesses: every sentence is a fact of the plan or of how it was made. */
export function observePlan(root: PlanJson, notes: PlanNotes): string[] {
  const nodes = everyNode(root);
  return [
    ...nodes.flatMap((node) => bigScan(node, notes)),
    ...nodes.flatMap(wholeIndex),
    ...nodes.flatMap(bigSort),
    ...howItWasMade(notes),
  ];
}

function bigScan(node: PlanJson, notes: PlanNotes): string[] {
  if (node["Node Type"] !== "Seq Scan") return [];
  const size = notes.relations.find(
    (each) => each.name === node["Relation Name"] && each.schema === node["Schema"],
  );
  const big = (size?.rows ?? 0) >= BIG_TABLE_ROWS || (size?.bytes ?? 0) >= BIG_TABLE_BYTES;
  if (!size || !big || size.rows === null) return [];
  const kept = number(node, "Plan Rows");
  if (!node["Filter"]) return [`Reads all ${count(size.rows)} rows of ${size.name}.`];
  const verb = kept < size.rows * SELECTIVE ? "to keep about" : "and keeps about";
  return [`Reads all ${count(size.rows)} rows of ${size.name} ${verb} ${count(kept)} of them.`];
}

/** An index scan without a condition walks the whole index. */
function wholeIndex(node: PlanJson): string[] {
  const type = String(node["Node Type"]);
  const scan = type === "Index Scan" || type === "Index Only Scan";
  if (!scan || node["Index Cond"] || !node["Filter"]) return [];
  return [
    `Walks the index ${String(node["Index Name"])} from its beginning and filters row by row.`,
  ];
}

function bigSort(node: PlanJson): string[] {
  const rows = number(node, "Plan Rows");
  if (node["Node Type"] !== "Sort" || rows < MANY_ROWS) return [];
  return [`Sorts about ${count(rows)} rows; beyond work_mem that goes to disk.`];
}

function howItWasMade({
  part,
  assumedListLength,
  searchPath,
  pruning,
  settings,
}: PlanNotes): string[] {
  const changed = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return [
    ...(part === "search"
      ? [
          "Only the search for rows is planned: the change itself, or its locks, need more rights than Plumbline has.",
        ]
      : []),
    ...(assumedListLength > 0
      ? [`The lengths of lists are not known: ${ASSUMED_LIST_LENGTH} elements were assumed.`]
      : []),
    ...(searchPath.length > 0
      ? [
          `Tables were looked for in ${searchPath.join(", ")}: the application's search_path is not known.`,
        ]
      : []),
    ...(pruning ? [] : ["Which partitions are read depends on the values: all are shown."]),
    ...(changed.length > 0
      ? [`Planner settings differ from the defaults: ${changed.join(", ")}.`]
      : []),
  ];
}
