import type { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import type { Sql } from "#lib/db/sql.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { requireExpected } from "../expected.ts";
import type { startRedriveSchema } from "../redrive-schema.ts";
import { blockedQueues } from "./blocked.ts";
import type { Covered } from "./freeze.ts";

type Input = z.output<typeof startRedriveSchema>;

/** Throws unless exactly what somebody was shown can be started now. */
export async function requireStartable(
  tx: Sql,
  covered: readonly Covered[],
  input: Input,
): Promise<void> {
  requireExpected(
    covered.reduce((sum, { count }) => sum + count, 0),
    input.expected,
  );
  if (input.target !== null) requireTarget(covered, input.target);
  const blocked = await blockedQueues(
    tx,
    covered.map(({ queueId }) => queueId),
  );
  const stuck = covered.filter(({ queueId }) => blocked.has(queueId));
  const [first] = stuck;
  if (!first) return;
  const others = stuck.length > 1 ? `, and ${stuck.length - 1} more` : "";
  throw new AppError("conflict", `Queue ${first.key}${others} cannot be redriven now`, {
    detail: blocked.get(first.queueId) ?? "",
    remedy: "Wait for it or cancel it, or leave the queue out of the search.",
  });
}

function requireTarget(covered: readonly Covered[], target: string): void {
  const refuse = (message: string): never => {
    throw new AppError("validation_failed", "The letters cannot be moved there", {
      fields: { "input.target": message },
    });
  };
  if (!refOfKey(target)) refuse("Write it as prefix:queue.");
  if (new Set(covered.map(({ sourceId }) => sourceId)).size > 1)
    refuse("The letters are of several sources: name one source's queues in the search.");
  if (covered.some(({ key }) => key === target))
    refuse("Some of the letters are of this very queue.");
}
