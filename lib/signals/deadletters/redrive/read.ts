import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { defineRead } from "#lib/signals/define.ts";
import { queueId, refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import {
  type Redrive,
  redriveIdSchema,
  redriveSchema,
  redrivesParamsSchema,
  redrivesSchema,
} from "../redrive-schema.ts";
import { reasonFor } from "../reveal.ts";
import type { Guard } from "../schema.ts";
import { readableBy, sharedBySearchers } from "../search/meaning.ts";
import { guardsOf } from "./breaker.ts";
import { COUNTS } from "./lease.ts";

/** A worker that carries it on says so more often than that. */
const ALIVE = "heartbeat_at > now() - interval '15 s'";

/** How often a page looks again when nobody tells it to. */
const INTERVAL_SECONDS = 5;

interface Row {
  id: string;
  name: string;
  sourceName: string;
  sourceId: string;
  key: string;
  target: string | null;
  query: string;
  reason: string;
  startedBy: string;
  state: Redrive["state"];
  note: string | null;
  rate: number;
  canary: number;
  stopRatio: number;
  resetAttempts: boolean;
  total: number;
  items: Record<string, number>;
  outcomes: Record<string, number>;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  rateNow: number | null;
  runId: string;
  labels: Record<string, string>;
}

const SELECT = `SELECT r.id, r.name, s.name AS "sourceName", s.id AS "sourceId", s.labels, q.key, r.target, r.query, r.reason,
    r.actor_login AS "startedBy", r.state, r.note, r.rate, r.canary, r.stop_ratio AS "stopRatio",
    r.reset_attempts AS "resetAttempts", r.total, r.created_at AS "createdAt", r.started_at AS "startedAt",
    r.finished_at AS "finishedAt", CASE WHEN ${ALIVE} THEN r.rate_now END AS "rateNow", r.run_id AS "runId", ${COUNTS}
  FROM deadletters_redrive r JOIN deadletters_queue q ON q.id = r.queue_id JOIN source s ON s.id = q.source_id`;

/** All redrives, newest first. */
export const redrives = defineRead({
  params: redrivesParamsSchema,
  data: redrivesSchema,
  sharedBy: sharedBySearchers,
  async run({ actor, now }, { limit, cursor }) {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const { rows } = await sql.query<Row>(
      `${SELECT} WHERE $1::timestamptz IS NULL OR (r.created_at, r.id) < ($1, $2::uuid)
       ORDER BY r.created_at DESC, r.id DESC LIMIT $3`,
      [after?.at ?? null, after?.id ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = rows.length > limit && last ? encodeCursor(last) : null;
    return { data: { rows: await toRedrives(page, actor), nextCursor }, ...asOf(now) };
  },
});

/** One redrive, with its progress as of this moment. */
export const redrive = defineRead({
  params: redriveIdSchema,
  data: redriveSchema,
  sharedBy: sharedBySearchers,
  async run({ actor, now }, { id }) {
    const { rows } = await sql.query<Row>(`${SELECT} WHERE r.id = $1::uuid`, [id]);
    const [found] = await toRedrives(rows, actor);
    if (!found) throw new AppError("not_found", "There is no such redrive");
    return { data: found, ...asOf(now) };
  },
});

/** Our own tables, read now. */
const asOf = (now: Date) => ({
  observedAt: now.toISOString(),
  quality: "exact" as const,
  intervalSeconds: INTERVAL_SECONDS,
});

async function toRedrives(rows: readonly Row[], actor: Actor) {
  const guards = await guardsOf(
    sql,
    rows.map(({ labels, key }) => ({ labels, queueKey: key })),
  );
  return rows.map((row, at) => toRedrive(row, actor, guards[at] ?? null));
}

function toRedrive(row: Row, actor: Actor, guard: Guard | null): z.input<typeof redriveSchema> {
  const { sourceName: source, sourceId, labels: _labels, key, items, outcomes, ...same } = row;
  const isSending = row.state === "running" || row.state === "canary";
  const rateNow = isSending ? row.rateNow : null;
  const sent = (items["retried"] ?? 0) + (items["moved"] ?? 0);
  const known = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return {
    ...same,
    query: readableBy(actor, row.query),
    reason: reasonFor(actor, row.reason),
    breaker: row.finishedAt ? null : guard,
    queue: { source, sourceId, key, name: refOfKey(key)?.name ?? key, id: queueId(source, key) },
    items: { ...NO_ITEMS, ...items },
    outcomes: {
      completed: outcomes["completed"] ?? 0,
      failedAgain: outcomes["failed_again"] ?? 0,
      unknown: outcomes["unknown"] ?? 0,
      open: Math.max(0, sent - known),
    },
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    rateNow,
    etaSeconds: row.state === "running" ? (items["pending"] ?? 0) / (rateNow || row.rate) : null,
  };
}

const NO_ITEMS = {
  pending: 0,
  claimed: 0,
  retried: 0,
  moved: 0,
  superseded: 0,
  gone: 0,
  unknown: 0,
  skipped: 0,
};

const encodeCursor = ({ createdAt, id }: Row): string => `${createdAt.toISOString()}~${id}`;

const CURSOR = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)~([0-9a-f-]{36})$/;

function decodeCursor(text: string): { at: string; id: string } {
  const [, at, id] = CURSOR.exec(text) ?? [];
  if (at && id && !Number.isNaN(Date.parse(at))) return { at, id };
  throw new AppError("bad_request", "The cursor is not one of this list's", {
    remedy: "Start again without it.",
  });
}
