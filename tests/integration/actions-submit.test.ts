import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Action, defineAction } from "#lib/actions/define.ts";
import { executeRun } from "#lib/actions/execute.ts";
import { listRuns, readRun } from "#lib/actions/runs.ts";
import { submitAction, type Submission } from "#lib/actions/submit.ts";
import { verifyChain } from "#lib/audit/verify.ts";
import { AppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import { MINUTE } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import {
  createWorld,
  findTestAction,
  newItem,
  oncall,
  submission,
  viewer,
  type World,
} from "./actions-world.ts";

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

/** An action on our own tables: it keeps a note in the label of a source. */
const rename = defineAction<
  { label: string; secret?: string | undefined; fail?: boolean | undefined },
  { label: string }
>({
  name: "testing.pause",
  title: "Label the source",
  input: z.object({
    label: z.string().max(50),
    secret: z.string().optional(),
    fail: z.boolean().optional(),
  }),
  risk: "low",
  approval: "none",
  where: "store",
  keep: ({ label }) => ({ label }),
  async run({ tx, input }) {
    const { count } = await tx.source.updateMany({
      where: { name: "target" },
      data: { labels: { label: input.label } },
    });
    if (input.fail) throw new AppError("conflict", "It was told to fail");
    const audit = {
      target: "source target",
      before: { sources: count },
      after: { label: input.label },
    };
    return { result: { label: input.label }, once: { shown: "once" }, audit };
  },
});
const dangerous: Action = { ...rename, name: "testing.resume", risk: "dangerous" };

const find = (name: string): Action | undefined =>
  findTestAction(name) ?? [rename, dangerous].find((action) => action.name === name);
const submit = (request: Submission) => submitAction(request, find);
const label = (value: string, change: Partial<Submission> = {}): Submission =>
  submission("", { name: "testing.pause", source: undefined, input: { label: value }, ...change });

async function auditOf(
  requestId: string,
): Promise<{ phase: string; outcome: string | null; after: unknown }[]> {
  const { rows } = await sql.query<{ phase: string; outcome: string | null; after: unknown }>(
    "SELECT phase, outcome, after FROM audit_event WHERE request_id = $1 ORDER BY seq",
    [requestId],
  );
  return rows;
}

async function currentLabel(): Promise<unknown> {
  const { rows } = await sql.query<{ label: unknown }>(
    "SELECT labels->'label' AS label FROM source WHERE name = 'target'",
  );
  return rows[0]?.label;
}

describe("who may ask for what", () => {
  test("an unknown action is not found", async () => {
    await expect(submit(submission("x", { name: "testing.nothing" }))).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("a role without it is refused, and the refusal is recorded", async () => {
    const request = submission(await newItem(world), { actor: viewer });
    await expect(submit(request)).rejects.toMatchObject({ code: "forbidden" });
    expect(await auditOf(request.requestId)).toMatchObject([{ phase: "event", outcome: "denied" }]);
  });

  test.each([
    ["never proved", null],
    ["proved six minutes ago", new Date(Date.now() - 6 * MINUTE)],
  ])("a dangerous action with credentials %s asks for them again", async (_when, authAt) => {
    const request = label("dangerous", { name: "testing.resume", actor: { ...oncall, authAt } });
    await expect(submit(request)).rejects.toMatchObject({ code: "step_up_required" });
    // The same request works after confirming: the refusal did not use up the key.
    expect(await submit({ ...request, actor: { ...oncall, authAt: new Date() } })).toMatchObject({
      status: 200,
    });
  });
});

describe("what is asked for", () => {
  const reasons = [undefined, "", "  ", "no", "x".repeat(501), 17];

  test.each(reasons)("the reason %j is not enough", async (reason) => {
    const error = await submit(submission(await newItem(world), { reason })).catch(
      (failure: AppError) => failure,
    );
    expect(error).toMatchObject({
      code: "validation_failed",
      options: { fields: { reason: expect.any(String) } },
    });
  });

  test("wrong input names its field, never its value", async () => {
    const error = await submit(
      submission("x", { input: { item: 42, card: "4111111111111111" } }),
    ).catch((failure: AppError) => failure);
    expect(error).toMatchObject({
      code: "validation_failed",
      options: { fields: { "input.item": expect.any(String) } },
    });
    expect(JSON.stringify(error)).not.toContain("4111");
  });

  test("a source must be named, exist, be enabled and be of the right kind", async () => {
    await sql.query(
      `INSERT INTO source (id, name, kind, interval_ms, enabled) VALUES (gen_random_uuid(), 'off', 'redis', 1000, false), (gen_random_uuid(), 'pg', 'postgres', 1000, true)`,
    );
    const codes = {
      "": "validation_failed",
      nowhere: "not_found",
      off: "not_found",
      pg: "validation_failed",
    };
    for (const [source, code] of Object.entries(codes)) {
      await expect(submit(submission("x", { source }))).rejects.toMatchObject({ code });
    }
  });

  test("a source may be named by its id", async () => {
    const answer = await submit(submission(await newItem(world), { source: world.sourceId }));
    expect(answer).toMatchObject({
      status: 202,
      body: { source: { name: "target" }, state: "queued" },
    });
  });
});

describe("the Idempotency-Key", () => {
  test.each([undefined, null, "", "short", "with space in it", "x".repeat(201), "schlüssel-1234"])(
    "%j is refused",
    async (idempotencyKey) => {
      await expect(submit(submission("x", { idempotencyKey }))).rejects.toMatchObject({
        code: "idempotency_key_missing",
      });
    },
  );

  test("in flight: 409 and when to ask again; finished: the stored answer, marked as a replay", async () => {
    const item = await newItem(world);
    const request = submission(item);
    const first = await submit(request);
    expect(first).toMatchObject({
      status: 202,
      replayed: false,
      body: { state: "queued", target: `item ${item}` },
    });
    await expect(submit(request)).rejects.toMatchObject({
      code: "in_flight",
      options: { retryAfterSeconds: 1 },
    });
    await executeRun(first.body.id, world.context);
    const replay = await submit({ ...request, requestId: newId() });
    expect(replay).toMatchObject({
      status: 200,
      replayed: true,
      body: { id: first.body.id, state: "succeeded", result: { version: 2 } },
    });
    expect(await world.effects(item)).toEqual([first.body.id]);
  });

  test("a failure is replayed too", async () => {
    const request = submission("no-such-item");
    const { body } = await submit(request);
    await executeRun(body.id, world.context);
    expect(await submit(request)).toMatchObject({
      status: 200,
      replayed: true,
      body: { state: "failed", error: { code: "not_found" } },
    });
  });

  test.each<[string, Partial<Submission>]>([
    ["input", { input: { item: "another" } }],
    ["reason", { reason: "for another reason" }],
    ["source", { source: "another" }],
    ["action", { name: "breakers.unfenced" }],
  ])("the same key with another %s is refused", async (_what, change) => {
    const request = submission(await newItem(world));
    await submit(request);
    const error = { code: "idempotency_key_reused" };
    await expect(submit({ ...request, ...change })).rejects.toMatchObject(error);
  });

  test("the order of members makes no difference to what was asked", async () => {
    const item = await newItem(world);
    const request = submission(item, { input: { item, note: "n" } });
    const { body } = await submit(request);
    await executeRun(body.id, world.context);
    expect(await submit({ ...request, input: { note: "n", item } })).toMatchObject({
      replayed: true,
    });
  });

  test("belongs to its actor: somebody else's equal key is another request", async () => {
    const item = await newItem(world);
    const request = submission(item);
    const colleague = { ...oncall, id: "user:00000000-0000-4000-8000-000000000003" };
    const [mine, theirs] = [await submit(request), await submit({ ...request, actor: colleague })];
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  test("ten identical submissions at once: one is recorded, nine are told that it runs, one effect", async () => {
    const item = await newItem(world);
    const request = submission(item);
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => submit(request)));
    const accepted = answers.filter((answer) => answer.status === "fulfilled");
    const refused = answers.filter((answer) => answer.status === "rejected");
    expect(accepted).toHaveLength(1);
    expect(refused.map(({ reason }) => (reason as AppError).code)).toEqual(
      Array(9).fill("in_flight"),
    );
    const id = accepted[0]?.value.body.id as string;
    await Promise.all(Array.from({ length: 5 }, () => executeRun(id, world.context)));
    expect(await world.effects(item)).toEqual([id]);
  });
});

describe("actions on our own tables", () => {
  test("the change, its run and its audit event commit together, and the answer is complete", async () => {
    const request = label("first");
    expect(await submit(request)).toMatchObject({
      status: 200,
      replayed: false,
      body: {
        state: "succeeded",
        result: { label: "first" },
        once: { shown: "once" },
        target: "source target",
      },
    });
    expect(await currentLabel()).toBe("first");
    expect(await auditOf(request.requestId)).toMatchObject([
      { phase: "outcome", outcome: "succeeded", after: { label: "first" } },
    ]);
  });

  test("what is shown once is never stored and never replayed; nor is what `keep` leaves out", async () => {
    const request = label("kept", { input: { label: "kept", secret: "hunter22" } });
    await submit(request);
    const replay = await submit(request);
    expect(replay).toMatchObject({ status: 200, replayed: true });
    expect(replay.body.once).toBeUndefined();
    const { rows } = await sql.query<{ dump: string }>(
      "SELECT (SELECT json_agg(r)::text FROM action_run r) || (SELECT json_agg(a)::text FROM audit_event a) AS dump",
    );
    expect(rows[0]?.dump).not.toMatch(/hunter22|shown/);
  });

  test("a failure changes nothing, is recorded, and leaves the key free", async () => {
    await submit(label("before"));
    const request = label("after", { input: { label: "after", fail: true } });
    await expect(submit(request)).rejects.toMatchObject({ code: "conflict" });
    expect(await currentLabel()).toBe("before");
    expect(await auditOf(request.requestId)).toMatchObject([
      { phase: "event", outcome: "failed", after: { error: { code: "conflict" } } },
    ]);
    expect(await submit({ ...request, input: { label: "after" } })).toMatchObject({
      status: 200,
      replayed: false,
    });
  });

  test("ten identical submissions at once: one change, nine replays", async () => {
    const request = label("raced");
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit(request)));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await auditOf(request.requestId)).toHaveLength(1);
  });
});

describe("reading runs", () => {
  test("one's own, or all with audit.read; for others they do not exist", async () => {
    const item = await newItem(world);
    const { body } = await submit(submission(item));
    const stranger = { ...viewer, id: "user:00000000-0000-4000-8000-000000000009" };
    expect(await readRun(oncall, body.id)).toMatchObject({ id: body.id });
    expect(await readRun({ ...stranger, roles: ["finance"] }, body.id)).toMatchObject({
      id: body.id,
    });
    await expect(readRun(stranger, body.id)).rejects.toMatchObject({ code: "not_found" });
    const target = { source: "target", target: `item ${item}`, limit: 20 };
    expect((await listRuns(oncall, target)).runs.map(({ id }) => id)).toEqual([body.id]);
    expect((await listRuns(stranger, target)).runs).toEqual([]);
  });
});

test("everything above left a valid audit chain", async () => {
  expect((await verifyChain(sql)).fault).toBeNull();
});
