import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRefusal } from "#lib/actions/apply.ts";
import type { Observation, TargetAction } from "#lib/actions/define.ts";
import { sql } from "#lib/db/sql.ts";
import { retry as retryAction } from "#lib/signals/queues/actions/retry.ts";
import type { Capability, OpenSource, SourceConfig } from "#lib/sources/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { inspectSource, openSource } from "#lib/sources/index.ts";
import { act, auditOf, person } from "./queues-acting.ts";
import { withPostgresQueues } from "./queues-postgres-target.ts";
import { observed, until } from "./queues-target.ts";

const queues = withPostgresQueues();
const retry = retryAction as unknown as TargetAction<{ queue: string; job: string }, unknown>;
const actor = person("oncall");
const TOKEN = "token";

/** The source of a role that may retry. */
const allowed = (): OpenSource<"bullmq_postgres"> => ({
  ...queues.source,
  capabilities: new Set(["retry_allowed"]),
});

/** Everything that may happen to one failed job, by us, by other tools and by workers, in any order and at once. */
type Step =
  | { at: "observe" | "run" | "read_back"; run: number }
  | { at: "outsider" | "fail" | "remove" };

const RUNS = 3;
const ours = (at: "observe" | "run" | "read_back") =>
  fc.record({ at: fc.constant(at), run: fc.nat(RUNS - 1) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: ours("observe") },
  { weight: 5, arbitrary: ours("run") },
  { weight: 2, arbitrary: ours("read_back") },
  { weight: 2, arbitrary: fc.constant({ at: "outsider" as const }) },
  { weight: 3, arbitrary: fc.constant({ at: "fail" as const }) },
  { weight: 1, arbitrary: fc.constant({ at: "remove" as const }) },
);
/** Steps of one group run at the same time. */
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 6,
});

let stories = 0;

/** One job of a queue, with the steps of a worker and of another tool as BullMQ's own functions take them. */
class World {
  readonly name = `mails-${++stories}`;
  readonly input = { queue: `bullmq:${this.name}`, job: "job-1" };
  readonly source = allowed();
  readonly seen: (Observation | undefined)[] = [];
  /** Runs that claim to have had their effect. */
  readonly applied = new Set<number>();
  /** Runs that had their effect and were told that they had not. */
  readonly contradicted: number[] = [];
  outsiders = 0;
  failures = 0;

  async open(): Promise<void> {
    const add = `select add_job($1, 'job-1', 'send', '{}', '{}', 0, 0, 0, 1, null, null, null, null, null, false)`;
    await this.sql("insert into meta values ($1, 'version', 'bullmq:6.7.0')");
    await this.sql(add);
    await this.fail();
  }

  async take(each: Step): Promise<void> {
    if (each.at === "observe") await this.observe(each.run);
    if (each.at === "run") await this.run(each.run);
    if (each.at === "read_back") await this.readBack(each.run);
    if (each.at === "outsider") await this.outsider();
    if (each.at === "fail") await this.fail();
    if (each.at === "remove") await this.sql("select remove($1, 'job-1', false)");
  }

  /** A run sees the job once; what it saw is its fence for good. */
  async observe(run: number): Promise<void> {
    if (this.seen[run]) return;
    const { source, input } = this;
    const found = await retry.observe({ source, input }).catch(refused);
    if (found !== "late") this.seen[run] ??= found;
  }

  async run(run: number): Promise<void> {
    const { fence } = this.seen[run] ?? {};
    if (fence === undefined) return;
    const { source, input } = this;
    const context = { source, actor, input, fence, runId: `${this.name}-${run}` };
    const known = this.applied.has(run);
    const answer = await retry.run(context).catch(refused);
    if (answer === "late") return;
    if (answer) this.applied.add(run);
    else if (known) this.contradicted.push(run);
  }

  async readBack(run: number): Promise<void> {
    const { fence } = this.seen[run] ?? {};
    if (fence === undefined) return;
    const known = this.applied.has(run);
    const { source, input } = this;
    const asked = { source, input, fence, runId: `${this.name}-${run}` };
    const answer = await retry.readBack(asked).catch(refused);
    if (answer === "late") return;
    if (known && answer !== "applied") this.contradicted.push(run);
    if (answer === "applied") this.applied.add(run);
  }

  /** Every second one also resets the attempts, which makes two failures look alike but for their time. */
  async outsider(): Promise<void> {
    const reset = this.outsiders % 2 === 0;
    const again = `select reprocess_job($1, 'job-1', 'failed', false, ${reset}, false) as code`;
    const [row] = await this.sql(again);
    if (row?.["code"] === 1) this.outsiders += 1;
  }

  async fail(): Promise<void> {
    const took = await this.sql(
      `select id from move_to_active($1, '${TOKEN}', 30000, ${Date.now()}, null, null, null)`,
    );
    if (took.length === 0) return;
    const failed = await this.sql(
      `select move_to_failed($1, 'job-1', '${TOKEN}', 'no', '[]', ${Date.now()}, false, null, null)`,
    ).catch(gone);
    if (failed) this.failures += 1;
  }

  /** How often the job went back in line, as the queue itself recorded it. */
  async retries(): Promise<number> {
    const rows = await this.sql(
      "select from event where queue = $1 and event = 'waiting' and data ->> 'prev' = 'failed'",
    );
    return rows.length;
  }

  async sql(text: string): Promise<Record<string, unknown>[]> {
    return (await queues.target.sql.query(text, [this.name])).rows;
  }
}

/** BullMQ's own refusal: the job was removed, or another step had it. */
function gone(error: unknown): undefined {
  if ((error as { code?: string }).code !== "BM001") throw error;
  return undefined;
}

/** A refusal is an answer, a lock that could not be had in time is none; anything else is a fault of ours. */
function refused(error: unknown): undefined | "late" {
  if (isSourceError(error) && error.reason === "timeout") return "late";
  if (!isRefusal(error)) throw error;
  return undefined;
}

test("each failure goes back in line at most once, each run says truly whether it did it, and nobody is blamed for another", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (groups) => {
      const world = new World();
      await world.open();
      for (const group of groups) await Promise.all(group.map((each) => world.take(each)));
      for (let run = 0; run < RUNS; run += 1) await world.readBack(run);
      const retries = await world.retries();
      expect(world.contradicted).toEqual([]);
      expect(retries).toBe(world.applied.size + world.outsiders);
      expect(retries).toBeLessThanOrEqual(world.failures);
    }),
    { numRuns: 60 },
  );
});

test("ten at once put it back once", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  const { fence } = world.seen[0] as Observation;
  const { source, input } = world;
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, (_each, at) =>
      retry.run({ source, actor, input, fence, runId: `${world.name}-${at}` }),
    ),
  );
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await world.retries()).toBe(1);
});

test("a run that saw one failure leaves a later one alone", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  await world.outsider();
  await world.fail();
  await world.run(0);
  expect(world.applied.size).toBe(0);
  expect(await world.retries()).toBe(1);
});

test("a run that comes while somebody else is at it sees what they did", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  const other = await queues.target.sql.connect();
  await other.query("begin");
  await other.query("select reprocess_job($1, 'job-1', 'failed', false, false, false)", [
    world.name,
  ]);
  await other.query(
    "update job set state = 'failed', finished_at_ms = 1, attempts_made = 9 where queue = $1",
    [world.name],
  );
  const run = world.run(0).catch(() => {});
  const waiting = "select from pg_locks where not granted";
  await until(
    async () => (await queues.target.sql.query(waiting)).rows.length,
    (count) => count > 0,
  ).catch(() => {});
  await other.query("commit");
  other.release();
  await run;
  expect(await world.retries()).toBe(1);
});

test("two failures in the same millisecond are two failures", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  const [first] = await world.sql("select finished_at_ms from job where queue = $1");
  await world.sql("select reprocess_job($1, 'job-1', 'failed', false, false, false)");
  await world.fail();
  await world.sql(
    `update job set finished_at_ms = ${String(first?.["finished_at_ms"])} where queue = $1`,
  );
  await world.run(0);
  expect(world.applied.size).toBe(0);
  expect(await world.retries()).toBe(1);
});

test("a receipt that may have been trimmed away leaves the outcome unknown, not guessed", async () => {
  const world = new World();
  await world.open();
  await world.observe(0);
  await world.run(0);
  await world.sql("delete from event where queue = $1");
  const { fence } = world.seen[0] as Observation;
  const { source, input } = world;
  const asked = { source, input, fence, runId: `${world.name}-0` };
  expect(await retry.readBack(asked)).toBe("unknown");
});

describe("rights", () => {
  test("that the probe found are offered on the queue's page", async () => {
    const world = new World();
    await world.open();
    const found = JSON.stringify([{ id: "retry_allowed", ok: true }]);
    await sql.query("UPDATE source SET capabilities = $2 WHERE id = $1", [queues.source.id, found]);
    const row = await observed(queues.source, world.name);
    expect(row.noRetryBecause).toBeNull();
    expect(row.readOnlyBecause).not.toBeNull();
  });

  test("a role without the rights is told so, before anything is changed", async () => {
    const world = new World();
    await world.open();
    const run = await act({ source: queues.source, name: "queues.retry", input: world.input });
    expect(run).toMatchObject({ state: "failed" });
    expect(JSON.stringify(run.error)).toContain("may only read");
    expect(await world.retries()).toBe(0);
  });

  test("the printed grants are enough for a retry, and do not let the payload be changed", async () => {
    const { database } = queues.target;
    const role = `retrier_${new URL(database.url).pathname.slice(6)}`;
    const admin = async (text: string) => void (await queues.target.asAdmin(text));
    await admin(`create role ${role} login password 'correct-horse'`);
    const url = Object.assign(new URL(database.url), { username: role, password: "correct-horse" });
    const config: SourceConfig = {
      name: "queues",
      kind: "bullmq_postgres",
      url: url.href,
      labels: {},
      intervalMs: 15_000,
      options: { schemas: null, allowSuperuser: false },
    };
    const capabilities = async () => (await inspectSource(config)).capabilities;
    const granted = (all: Capability[], id: string) =>
      all.find((one) => one.id === id)?.grant ?? "";
    await admin(granted(await capabilities(), "read_tables"));
    const before = await capabilities();
    expect(before.find(({ id }) => id === "retry_allowed")?.ok).toBe(false);
    await admin(granted(before, "retry_allowed"));
    expect((await capabilities()).find(({ id }) => id === "retry_allowed")?.ok).toBe(true);
    const world = new World();
    await world.open();
    const open = (await openSource(config, queues.source.id)) as OpenSource;
    const source = { ...open, name: queues.source.name } as OpenSource;
    const run = await act({ source, name: "queues.retry", input: world.input });
    expect(run).toMatchObject({ state: "succeeded" });
    expect((await auditOf(run)).map(({ phase }) => phase)).toEqual(["intent", "outcome"]);
    expect(await world.retries()).toBe(1);
    const forbidden = (open as OpenSource<"bullmq_postgres">).conn.act((send) =>
      send("update bullmq.job set data = '{}'"),
    );
    await expect(forbidden).rejects.toMatchObject({ reason: "permission" });
    await source.conn.close();
    await admin(`drop owned by ${role}`);
    await admin(`drop role ${role}`);
  });
});
