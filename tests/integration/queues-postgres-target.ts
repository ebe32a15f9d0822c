import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { PostgresQueues } from "#tests/support/postgres-queues.ts";

/** Queues on a Postgres of their own, empty before each test, with a fresh source that is open on them. */
export function withPostgresQueues(): {
  readonly target: PostgresQueues;
  readonly source: OpenSource<"bullmq_postgres">;
} {
  let ground: Ground;
  let target: PostgresQueues;
  let source: OpenSource<"bullmq_postgres">;
  beforeAll(async () => {
    ground = await openGround();
    target = await PostgresQueues.start();
  });
  beforeEach(async () => {
    source = await openPostgresTarget(target.database.url);
  });
  afterEach(async () => {
    await source.conn.close();
    await target.clear();
  });
  afterAll(async () => {
    await target.stop();
    await ground.close();
  });
  return {
    get target() {
      return target;
    },
    get source() {
      return source;
    },
  };
}

/** A row in `source` and an open connection, as the worker would have them. */
export async function openPostgresTarget(url: string): Promise<OpenSource<"bullmq_postgres">> {
  const id = randomUUID();
  const name = `queues-${id.slice(0, 8)}`;
  const kind = "bullmq_postgres";
  await sql.query("INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, $3, 15000)", [
    id,
    name,
    kind,
  ]);
  const cost = newCost();
  const conn = new BullmqPostgresConnection(url, null, cost);
  const probe = { serverVersion: "18.4", capabilities: [], facts: {}, refusal: null };
  const known = { serverVersion: "18.4", capabilities: new Set<string>(), probe };
  return { id, name, kind, labels: {}, intervalMs: 15_000, ...known, conn, cost };
}
