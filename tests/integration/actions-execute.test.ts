import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Action, defineAction, type ReadBack } from "#lib/actions/define.ts";
import { type ActContext, executeAbandonedRun, executeRun } from "#lib/actions/execute.ts";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import { runById } from "#lib/actions/runs.ts";
import { submitAction } from "#lib/actions/submit.ts";
import { AppError } from "#lib/core/errors.ts";
import type { Json } from "#lib/core/json.ts";
import { sql } from "#lib/db/sql.ts";
import { onChanged, publishChanged } from "#lib/jobs/changed.ts";
import { SourceError } from "#lib/sources/errors.ts";
import { breaches } from "./actions-checker.ts";
import {
  createWorld,
  findTestAction,
  letLeasesEnd,
  newItem,
  settle,
  submission,
  type World,
} from "./actions-world.ts";

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
afterEach(() => setFailpointHook(undefined));

/** A target played by the test: what each step says is written here before. */
const script = {
  observe: (): Json => "fence",
  run: (): Json => "done",
  readBack: (): ReadBack => "unknown",
};
const calls: string[] = [];

const played: Action = defineAction<Record<never, never>, Json>({
  name: "breakers.played",
  title: "Played by the test",
  input: z.object({}),
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["redis"],
  target: () => "stage",
  observe: async () => {
    calls.push("observe");
    return { fence: script.observe(), before: "before" };
  },
  run: async ({ fence }) => {
    calls.push(`run ${String(fence)}`);
    return { result: script.run(), after: "after" };
  },
  readBack: async () => {
    calls.push("readBack");
    return script.readBack();
  },
});

beforeEach(() => {
  calls.length = 0;
  Object.assign(script, { observe: () => "fence", run: () => "done", readBack: () => "unknown" });
});

const find = (name: string): Action | undefined =>
  name === played.name ? played : findTestAction(name);
const context = (): ActContext => ({ ...world.context, findAction: find });

async function submitPlayed(): Promise<string> {
  const { body } = await submitAction(submission("", { name: played.name, input: {} }), find);
  return body.id;
}

const fails = (error: unknown) => () => {
  throw error;
};
const lostConnection = new SourceError("unreachable", "The connection was reset.");

async function outcomeOf(
  runId: string,
): Promise<{ outcome: string; before: unknown; after: unknown } | undefined> {
  const { rows } = await sql.query<{ outcome: string; before: unknown; after: unknown }>(
    "SELECT outcome, before, after FROM audit_event WHERE run_id = $1 AND phase = 'outcome'",
    [runId],
  );
  expect(rows.length).toBeLessThan(2);
  return rows[0];
}

describe("without trouble", () => {
  test("the effect happens once, the run keeps its result, the audit what it was before and after", async () => {
    const item = await newItem(world);
    const { body } = await submitAction(submission(item), find);
    await executeRun(body.id, context());
    expect(await runById(sql, body.id)).toMatchObject({
      state: "succeeded",
      result: { version: 2 },
      error: null,
    });
    expect(await outcomeOf(body.id)).toEqual({
      outcome: "succeeded",
      before: { version: "1" },
      after: { version: 2 },
    });
    expect(await world.effects(item)).toEqual([body.id]);
  });

  test("open pages hear of the end", async () => {
    const heard: string[][] = [];
    const stop = onChanged((keys) => heard.push(...keys));
    const id = await submitPlayed();
    // The subscription has to stand before the message.
    await expect
      .poll(() => publishChanged([["ready"]]).then(() => heard.length))
      .toBeGreaterThan(0);
    await executeRun(id, context());
    await expect.poll(() => heard).toContainEqual(["actions", id]);
    expect(heard).toContainEqual(["signals", "breakers"]);
    stop();
  });
});

describe("before anything is sent", () => {
  test("a refusal of the target is told in its own words", async () => {
    script.observe = fails(
      new AppError("precondition_failed", "The job is not failed", { remedy: "Look again." }),
    );
    const id = await submitPlayed();
    await executeRun(id, context());
    expect(await runById(sql, id)).toMatchObject({
      state: "failed",
      error: { code: "precondition_failed", title: "The job is not failed", remedy: "Look again." },
    });
    expect(await outcomeOf(id)).toMatchObject({ outcome: "failed" });
    expect(calls).toEqual(["observe"]);
  });

  test("an unreachable target fails the action: nothing was changed", async () => {
    const id = await submitPlayed();
    await executeRun(id, { ...context(), openSource: () => Promise.reject(lostConnection) });
    expect(await runById(sql, id)).toMatchObject({
      state: "failed",
      error: { code: "unavailable", title: expect.stringContaining("nothing was changed") },
    });
  });

  test("a bug says no more than that", async () => {
    script.observe = fails(new TypeError("secret hunter22"));
    const id = await submitPlayed();
    await executeRun(id, context());
    const run = await runById(sql, id);
    expect(run).toMatchObject({ state: "failed", error: { code: "unavailable" } });
    expect(JSON.stringify(run)).not.toContain("hunter22");
  });

  test("an action or source that is gone fails with that reason", async () => {
    const id = await submitPlayed();
    await executeRun(id, { ...context(), findAction: () => undefined });
    expect(await runById(sql, id)).toMatchObject({ state: "failed", error: { code: "not_found" } });
  });
});

describe("a refusal while running", () => {
  test.each(["conflict", "precondition_failed", "not_found"] as const)(
    "%s is the end, without reading back",
    async (code) => {
      script.run = fails(new AppError(code, "No longer"));
      const id = await submitPlayed();
      await executeRun(id, context());
      expect(await runById(sql, id)).toMatchObject({
        state: "failed",
        error: { code, title: "No longer" },
      });
      expect(calls).toEqual(["observe", "run fence"]);
    },
  );
});

describe("an outcome that is not known", () => {
  test("applied, says the target: succeeded, and the audit says how we know", async () => {
    script.run = fails(lostConnection);
    script.readBack = () => "applied";
    const id = await submitPlayed();
    await executeRun(id, context());
    expect(await runById(sql, id)).toMatchObject({ state: "succeeded" });
    expect(await outcomeOf(id)).toMatchObject({
      outcome: "confirmed_by_reading_back",
      before: "before",
    });
    expect(calls).toEqual(["observe", "run fence", "readBack"]);
  });

  test("not applied, says the target: done again, under the same fence", async () => {
    let attempts = 0;
    script.observe = () => `fence ${++attempts}`;
    script.run = () => {
      if (calls.filter((call) => call.startsWith("run")).length === 1) throw lostConnection;
      return "done";
    };
    script.readBack = () => "not_applied";
    const id = await submitPlayed();
    await executeRun(id, context());
    expect(calls).toEqual(["observe", "run fence 1", "readBack", "run fence 1"]);
    expect(await outcomeOf(id)).toMatchObject({ outcome: "succeeded" });
  });

  test("the repetition collides with its own earlier self, which arrived late: confirmed, not failed", async () => {
    const answers: ReadBack[] = ["not_applied", "applied"];
    const errors = [lostConnection, new AppError("conflict", "The fence no longer holds")];
    script.run = () => {
      throw errors.shift();
    };
    script.readBack = () => answers.shift() as ReadBack;
    const id = await submitPlayed();
    await executeRun(id, context());
    expect(await outcomeOf(id)).toMatchObject({ outcome: "confirmed_by_reading_back" });
  });

  test("the repetition collides with somebody else: failed, in the target's words", async () => {
    const errors = [lostConnection, new AppError("conflict", "Somebody else was faster")];
    script.run = () => {
      throw errors.shift();
    };
    script.readBack = () => "not_applied";
    const id = await submitPlayed();
    await executeRun(id, context());
    expect(await runById(sql, id)).toMatchObject({
      state: "failed",
      error: { code: "conflict", title: "Somebody else was faster" },
    });
  });

  test("unknown stays in doubt, is looked at again, and ends as what it is; never done again blindly", async () => {
    script.run = fails(lostConnection);
    const id = await submitPlayed();
    await executeRun(id, context());
    expect(await runById(sql, id)).toMatchObject({ state: "in_doubt" });
    expect(await executeAbandonedRun(context())).toBeNull();
    let looks = 0;
    for (; (await runById(sql, id)).state === "in_doubt" && looks < 50; looks++) {
      await letLeasesEnd();
      await (
        await executeAbandonedRun(context())
      )?.done;
    }
    expect(await runById(sql, id)).toMatchObject({
      state: "failed",
      error: { code: "outcome_unknown", remedy: expect.any(String) },
    });
    expect(await outcomeOf(id)).toMatchObject({ outcome: "outcome_unknown" });
    expect(calls.filter((call) => call.startsWith("run"))).toHaveLength(1);
    expect(calls.filter((call) => call === "readBack").length).toBe(looks + 1);
  });

  test("every look takes longer to come", async () => {
    script.run = fails(lostConnection);
    const id = await submitPlayed();
    await executeRun(id, context());
    const delays: number[] = [];
    for (let look = 0; look < 4; look++) {
      const { rows } = await sql.query<{ ms: number }>(
        "SELECT (extract(epoch FROM lease_until - now()) * 1000)::float8 AS ms FROM action_run WHERE id = $1",
        [id],
      );
      delays.push(rows[0]?.ms as number);
      await letLeasesEnd();
      await (
        await executeAbandonedRun(context())
      )?.done;
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays[3]).toBeGreaterThan(2 * (delays[0] as number));
    script.readBack = () => "applied";
    await settle(world, context());
  });
});

test("everything above holds together", async () => {
  const { rows } = await sql.query<{ id: string }>("SELECT id FROM action_run WHERE name = $1", [
    played.name,
  ]);
  const others = (await breaches(world)).filter(
    (breach) => !rows.some(({ id }) => breach.startsWith(id)),
  );
  expect(others).toEqual([]);
});
