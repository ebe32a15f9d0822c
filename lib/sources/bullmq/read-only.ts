import type { SourceKind } from "../define.ts";

/** BullMQ 6's scripts fit queues of version 4 and later; on others a retried job could end up where no worker looks. */
export function readOnlyBecause(
  kind: SourceKind,
  flavour: "bullmq" | "bull",
  version: string | null,
): string | null {
  if (kind === "bullmq_postgres") {
    return "On PostgreSQL Plumbline reads queues and retries failed jobs where its role may; the rest is for the application that owns them.";
  }
  if (flavour === "bull") {
    return "Bull stores jobs in its own way; Plumbline only reads such queues.";
  }
  if (version === null) return "The queue holds no version, so nobody knows which actions fit it.";
  const isOld = Number.parseInt(version) < 4;
  return isOld ? `BullMQ ${version} is read only: actions need version 4 or later.` : null;
}
