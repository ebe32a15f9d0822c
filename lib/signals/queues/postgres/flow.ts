import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { redactText } from "#lib/core/redact.ts";
import { onChildFailure } from "#lib/sources/bullmq/job-hash.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import {
  type ChildCursor,
  type FlowPart,
  listChildren,
  readFlowPart,
} from "#lib/sources/bullmq-postgres/flow.ts";
import type { Flow, FlowNode } from "../flow-schema.ts";
import { FLOW_PAGE, MAX_DEPTH, SHOWN_REASON } from "../live/flow.ts";
import { noSuchJob } from "../live/job.ts";

/** A job and its parents, the root first. */
export async function readPostgresFlow(
  conn: BullmqPostgresConnection,
  { prefix, name }: QueueRef,
  id: string,
): Promise<Flow> {
  const path: FlowNode[] = [];
  const seen = new Set<string>();
  let at: FlowPart["parent"] = { queue: name, id };
  while (at && path.length < MAX_DEPTH && !seen.has(`${at.queue}:${at.id}`)) {
    seen.add(`${at.queue}:${at.id}`);
    const part = await readFlowPart(conn, prefix, at);
    if (!part && path.length === 0) throw noSuchJob({ prefix, name }, id);
    path.unshift(toNode(prefix, part ?? { ...at, job: null, children: NONE, parent: null }));
    at = part?.parent ?? null;
  }
  return { path, cut: at !== null };
}

const NONE = { failed: 0, ignored: 0, pending: 0, completed: 0 };

/** A page of a job's children, those that failed first. */
export async function readPostgresFlowChildren(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  { job, cursor }: { job: string; cursor?: string | undefined },
): Promise<{ rows: FlowNode[]; nextCursor: string | null }> {
  const page = { cursor: decodeCursor(cursor), limit: FLOW_PAGE };
  const { parts, next } = await listChildren(conn, queue, job, page);
  return {
    rows: parts.map((part) => toNode(queue.prefix, part)),
    nextCursor: next && Buffer.from(JSON.stringify(next)).toString("base64url"),
  };
}

function toNode(schema: string, { queue, id, job, children }: FlowPart): FlowNode {
  const any = Object.values(children).some((count) => count > 0);
  return {
    queue: `${schema}:${queue}`,
    job: id,
    gone: job === null,
    name: job?.facts.name ? redactText(job.facts.name) : null,
    state: job?.state ?? null,
    failedReason: job?.reason ? redactText(job.reason).slice(0, SHOWN_REASON) : null,
    attemptsMade: job?.facts.attemptsMade ?? 0,
    maxAttempts: job?.maxAttempts || 1,
    onFailure: onChildFailure(job?.options),
    children: any ? children : null,
  };
}

const cursorSchema = z.object({ rank: z.int().min(0).max(3), key: z.string().max(2_000) });

function decodeCursor(text: string | undefined): ChildCursor | null {
  if (text === undefined) return null;
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    throw new AppError("bad_request", "These children no longer exist", {
      remedy: "Close the job in the tree and open it again.",
    });
  }
}
