import { z } from "zod";
import { readAnchors } from "#lib/audit/anchor.ts";
import { verifyChain } from "#lib/audit/verify.ts";
import { log } from "#lib/core/log.ts";
import { DAY, HOUR, MINUTE } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { defineJob, type Job } from "#lib/jobs/define.ts";
import type { Schedule } from "#lib/jobs/schedule.ts";
import { setGauge } from "#lib/metrics/counters.ts";
import { maintainPartitions, removeEmptySeries } from "#lib/samples/retain.ts";
import { rollUp } from "#lib/samples/rollup.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import { prune } from "./prune.ts";

const nothing = z.object({});

/** Housekeeping on our own database; each is safe to repeat and safe to miss once. */
const JOBS: readonly { job: Job<Record<string, never>>; everyMs: number }[] = [
  {
    job: housekeeping("maintain.rollup", async () => rollUp(await databaseNow())),
    everyMs: MINUTE,
  },
  { job: housekeeping("maintain.partitions", keepPartitions), everyMs: HOUR },
  { job: housekeeping("maintain.verify_audit", verifyAudit), everyMs: HOUR },
  { job: housekeeping("maintain.prune", forgetOldRows), everyMs: DAY },
];

export const MAINTAIN_JOBS = JOBS.map(({ job }) => job);

export const MAINTAIN_SCHEDULES: readonly Schedule<Record<string, never>>[] = JOBS.map(
  ({ job, everyMs }) => ({
    id: job.name,
    job,
    data: {},
    everyMs,
  }),
);

function housekeeping(name: string, handle: () => Promise<void>): Job<Record<string, never>> {
  return defineJob({ name, queue: "maintain", schema: nothing, handle });
}

/** One clock for all workers: a worker whose own clock is ahead must not close buckets that others still write to. */
export async function databaseNow(): Promise<Date> {
  const { rows } = await sql.query<{ now: Date }>("SELECT now()");
  return (rows[0] as { now: Date }).now;
}

export async function keepPartitions(): Promise<void> {
  const changes = await maintainPartitions(await databaseNow());
  if (changes.length > 0) log.info({ changes }, "partitions");
}

async function verifyAudit(): Promise<void> {
  // The heads first: the table may then only be ahead of them.
  const anchors = await readAnchors();
  const { fault, checked } = await verifyChain(sql, { anchors });
  await setGauge(sql, "plumbline_audit_chain_valid", {}, fault ? 0 : 1);
  if (fault)
    log.fatal(
      { seq: String(fault.seq), kind: fault.kind },
      `the audit log was tampered with. ${fault.message}`,
    );
  else log.info({ rows: String(checked) }, "the audit log verifies");
}

async function forgetOldRows(): Promise<void> {
  const removed: Record<string, number> = { ...(await prune()), series: await removeEmptySeries() };
  for (const { retain } of SIGNALS) Object.assign(removed, await retain?.());
  log.info({ removed }, "old rows removed");
}
