import { everyNode, type PlanJson } from "./tree.ts";

const MAX_PARTS = 3;

/** A plan in a few words, such as "Nested Loop · Seq Scan on payments · Index Scan on merchants": for telling plans apart. */
export function planShape(root: PlanJson): string {
  const parts = everyNode(root).flatMap((node) => {
    const type = String(node["Node Type"] ?? "");
    if (/Join|Nested Loop/.test(type)) return [type];
    return node["Relation Name"] ? [`${type} on ${String(node["Relation Name"])}`] : [];
  });
  if (parts.length === 0) return String(root["Node Type"] ?? "");
  const more = parts.length - MAX_PARTS;
  return parts.slice(0, MAX_PARTS).join(" · ") + (more > 0 ? ` · ${more} more` : "");
}

/** The plan's first scan or join in a word or two, for marks in charts. */
export function planWord(root: PlanJson): string {
  return planShape(root)
    .split(" · ")[0]!
    .replace(/ on .*/, "");
}
