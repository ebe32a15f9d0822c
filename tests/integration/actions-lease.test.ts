import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { executeAbandonedRun, executeRun } from "#lib/actions/execute.ts";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import { leaseRun } from "#lib/actions/lease.ts";
import { runById } from "#lib/actions/runs.ts";
import { submitAction } from "#lib/actions/submit.ts";
import { appendAudit } from "#lib/audit/append.ts";
import { sql, transaction } from "#lib/db/sql.ts";
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

async function submitOne(): Promise<string> {
  const { body } = await submitAction(submission(await newItem(world)), findTestAction);
  return body.id;
}

test("one lease at a time, and only its holder may write", async () => {
  const id = await submitOne();
  const leases = await Promise.all(Array.from({ length: 8 }, () => leaseRun(id)));
  expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
  await letLeasesEnd();
  expect(await leaseRun(id)).toMatchObject({ state: "claimed", attempts: 2 });
  await letLeasesEnd();
  await executeRun(id, world.context);
});

test("a worker that was away too long loses its run, and what it then learns changes nothing", async () => {
  const frozen = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let first = true;
  setFailpointHook((name) => {
    if (name !== "fenced" || !first) return;
    first = false;
    reached.resolve();
    return frozen.promise;
  });
  const item = await newItem(world);
  const { body } = await submitAction(submission(item), findTestAction);
  const slow = executeRun(body.id, world.context);
  await reached.promise;
  await letLeasesEnd();
  await (
    await executeAbandonedRun(world.context)
  )?.done;
  frozen.resolve();
  await slow;
  expect(await world.effects(item)).toEqual([body.id]);
  expect(await runById(sql, body.id)).toMatchObject({ state: "succeeded" });
  expect(await breaches(world)).toEqual([]);
});

test("a run whose job was lost is found once it is old enough", async () => {
  const item = await newItem(world);
  const { body } = await submitAction(submission(item), findTestAction);
  expect(await executeAbandonedRun(world.context)).toBeNull();
  await letLeasesEnd();
  await Promise.all(
    Array.from({ length: 4 }, async () => (await executeAbandonedRun(world.context))?.done),
  );
  expect(await world.effects(item)).toEqual([body.id]);
});

test("a worker that works for long keeps its lease", async () => {
  const { promise: pause, resolve } = Promise.withResolvers<void>();
  setFailpointHook((name) => (name === "fenced" ? pause : undefined));
  const id = await submitOne();
  const slow = executeRun(id, world.context);
  const lease = async (): Promise<{ state: string; left: number }> => {
    const { rows } = await sql.query<{ state: string; left: number }>(
      "SELECT state, extract(epoch FROM lease_until - now())::float8 AS left FROM action_run WHERE id = $1",
      [id],
    );
    return rows[0] as { state: string; left: number };
  };
  await expect.poll(async () => (await lease()).state).toBe("executing");
  // Nearly over: the next renewal makes it long again.
  await sql.query("UPDATE action_run SET lease_until = now() + interval '6 s' WHERE id = $1", [id]);
  await expect.poll(async () => (await lease()).left, { timeout: 10_000 }).toBeGreaterThan(8);
  resolve();
  await slow;
  expect(await breaches(world)).toEqual([]);
});

test("a process that freezes inside an audited transaction holds up the others for seconds, not for ever", async () => {
  const locked = Promise.withResolvers<void>();
  const thaw = Promise.withResolvers<void>();
  const frozen = transaction(async (tx) => {
    const who = { actorId: "a", actorLogin: "a" };
    await appendAudit(tx, { ...who, action: "x.y", phase: "event", target: "t" });
    locked.resolve();
    await thaw.promise;
  });
  await locked.promise;
  const id = await submitOne();
  await executeRun(id, world.context);
  thaw.resolve();
  await expect(frozen).rejects.toThrow(/connection/i);
  expect(await breaches(world)).toEqual([]);
});

test("everything above left one effect each", async () => {
  await settle(world);
  expect(await breaches(world)).toEqual([]);
});
