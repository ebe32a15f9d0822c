import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { redactText } from "#lib/core/redact.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import {
  CHILD_PARTS,
  type ChildCursor,
  countChildren,
  type FlowJob,
  jobOfKey,
  readChildren,
} from "#lib/sources/bullmq/flow.ts";
import { FACT_FIELDS, jobFacts, jobOptions, onChildFailure } from "#lib/sources/bullmq/job-hash.ts";
import { locateJob } from "#lib/sources/bullmq/locate.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { Flow, FlowNode } from "../flow-schema.ts";
import { noSuchJob } from "./job.ts";

/** Flows are seldom deeper than a few; a ring of parents must end somewhere. */
export const MAX_DEPTH = 20;
export const FLOW_PAGE = 20;
const MAX_TEXT_BYTES = 64 * 1024;
export const SHOWN_REASON = 300;

/** A job and its parents, the root first. */
export async function readFlow(conn: BullmqConnection, queue: QueueRef, id: string): Promise<Flow> {
  const path: FlowNode[] = [];
  const seen = new Set<string>();
  let at: FlowJob | null = { queue, id };
  while (at && path.length < MAX_DEPTH && !seen.has(queueKey(at.queue, at.id))) {
    seen.add(queueKey(at.queue, at.id));
    const { node, parentKey }: Read = await readNode(conn, at);
    if (node.gone && path.length === 0) throw noSuchJob(queue, id);
    path.unshift(node);
    at = parentKey ? await jobOfKey(conn, parentKey) : null;
  }
  return { path, cut: at !== null };
}

/** A page of a job's children, those that failed first. */
export async function readFlowChildren(
  conn: BullmqConnection,
  queue: QueueRef,
  { job, cursor }: { job: string; cursor?: string | undefined },
): Promise<{ rows: FlowNode[]; nextCursor: string | null }> {
  const { children, next } = await readChildren(
    conn,
    queueKey(queue, job),
    decodeCursor(cursor),
    FLOW_PAGE,
  );
  const rows: FlowNode[] = [];
  for (const { key } of children) {
    const child = await jobOfKey(conn, key);
    // A queue that is not shown, or not there any more.
    if (child) rows.push((await readNode(conn, child)).node);
  }
  return { rows, nextCursor: next && encodeCursor(next) };
}

interface Read {
  node: FlowNode;
  parentKey: string | null;
}

async function readNode(conn: BullmqConnection, { queue, id }: FlowJob): Promise<Read> {
  const key = queueKey(queue, id);
  const [values, optsBytes, reasonBytes] = await conn.run((redis) =>
    Promise.all([
      redis.hmget(key, ...FACT_FIELDS),
      redis.hstrlen(key, "opts"),
      redis.hstrlen(key, "failedReason"),
    ]),
  );
  const facts = jobFacts(values);
  const [opts, reason] = await conn.run((redis) =>
    redis.hmget(
      key,
      optsBytes <= MAX_TEXT_BYTES ? "opts" : "",
      reasonBytes <= MAX_TEXT_BYTES ? "failedReason" : "",
    ),
  );
  const { state } = facts ? await locateJob(conn, queue, id) : { state: null };
  const children = await countChildren(conn, key);
  const any = CHILD_PARTS.some((part) => children[part] > 0);
  const node = {
    queue: `${queue.prefix}:${queue.name}`,
    job: id,
    gone: facts === null,
    name: facts?.name ? redactText(facts.name) : null,
    state,
    failedReason: reason ? redactText(reason).slice(0, SHOWN_REASON) : null,
    attemptsMade: facts?.attemptsMade ?? 0,
    maxAttempts: jobOptions(opts)?.attempts ?? 1,
    onFailure: onChildFailure(opts),
    children: any ? children : null,
  };
  return { node, parentKey: facts?.parentKey ?? null };
}

const cursorSchema = z.object({
  part: z.enum(CHILD_PARTS),
  scan: z.string().regex(/^\d+$/),
  skip: z.int().nonnegative(),
});

const encodeCursor = (cursor: ChildCursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString("base64url");

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
