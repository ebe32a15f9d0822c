import { AppError } from "#lib/core/errors.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { type PageCursor, type PageRow, readPage } from "#lib/sources/bullmq-postgres/job-page.ts";
import { countJobs } from "#lib/sources/bullmq-postgres/queue-state.ts";
import { decodeCursor, encodeCursor } from "../live/cursor.ts";
import { type JobsParams, shorten, shownFacts } from "../live/jobs.ts";
import type { JobRow, LivePage } from "../live-schema.ts";

/** Milliseconds for counting the jobs of a state. */
const COUNTING_MS = 500;

/** One page of jobs: an index read and a count, however many jobs the queue holds. */
export async function readPostgresJobs(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  { state, order, limit, cursor }: JobsParams,
): Promise<LivePage> {
  const total = state === "paused" ? 0 : await countJobs(conn, queue, state, COUNTING_MS);
  const page = await readPage(conn, queue, { state, order, limit, cursor: positionOf(cursor) });
  const rows = page.rows.map(toJobRow);
  const next = page.next && encodeCursor({ kind: "member", ...page.next });
  return { state, total, rows, nextCursor: next };
}

/** What a list shows of a job. */
export const toJobRow = ({
  id,
  facts,
  maxAttempts,
  dueAt,
  reason,
  reasonTooLong,
}: PageRow): JobRow => ({
  id,
  ...shownFacts(facts, maxAttempts || null),
  dueAt: dueAt?.toISOString() ?? null,
  failedReason: reasonTooLong ? "The error text is too long to list." : shorten(reason),
  ghost: false,
});

/** Numbers only: they go into SQL as such. */
function positionOf(text: string | undefined): PageCursor | null {
  const cursor = decodeCursor(text);
  if (cursor === null) return null;
  if (cursor.kind === "member" && /^-?\d{1,18}$/.test(cursor.score)) return cursor;
  throw new AppError("bad_request", "This page no longer exists", {
    remedy: "Go back to the first page.",
  });
}
