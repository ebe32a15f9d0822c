import { afterEach, expect, test } from "vitest";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import { sql } from "#lib/db/sql.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { countedStates } from "./deadletters-letters.ts";
import { read } from "./deadletters-reads.ts";
import { person } from "./queues-acting.ts";
import {
  act,
  carryAllOn,
  countedItems,
  jobIds,
  letLeasesEnd,
  onStage,
  shown,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

let stage: Stage;

onStage((opened) => {
  stage = opened;
});
afterEach(() => setFailpointHook(undefined));

test("moved letters are copies in the other queue, and the originals leave theirs", async () => {
  await stage.dead("mails", jobIds(3));
  const other = stage.target.queue("later");
  await other.add("first", {});
  const [redrive] = await startRedrive({ target: "bull:later" });
  await carryAllOn(stage.source);
  expect(await countedItems(redrive?.id as string)).toEqual({ moved: 3 });
  expect(await countedStates()).toEqual({ moved: 3 });
  expect(await stage.target.redis.zcard("bull:mails:failed")).toBe(0);
  const jobs = await other.getJobs(["waiting"], 0, 10);
  expect(jobs.map(({ data }) => (data as { id?: string }).id).toSorted()).toEqual([
    "job-0",
    "job-1",
    "job-2",
    undefined,
  ]);
  expect(
    jobs.filter(({ opts }) => JSON.stringify(opts.removeOnComplete) === '{"age":86400}'),
  ).toHaveLength(3);
});

test("a repaired payload and a child of a flow stay where they are, and the dry run tells of the child", async () => {
  const queue = await stage.dead("mails", jobIds(3));
  await stage.target.queue("later").waitUntilReady();
  await (await queue.getJob("job-0"))?.updateData({ id: "repaired" });
  await stage.target.redis.hset("bull:mails:job-1", "parentKey", "bull:orders:1");
  await sql.query("UPDATE deadletters_letter SET parent = 'bull:orders:1' WHERE job_id = 'job-1'");
  const dryRun = await read<Selection>("selection", { q: "" }, person("oncall"));
  expect(dryRun).toMatchObject({ total: 3, children: 1 });
  const [redrive] = await startRedrive({ target: "bull:later" });
  await carryAllOn(stage.source);
  expect(await countedItems(redrive?.id as string)).toEqual({ moved: 1, skipped: 2 });
  expect(await countedStates()).toEqual({ dead: 2, moved: 1 });
  expect((await queue.getFailed()).map(({ id }) => id).toSorted()).toEqual(["job-0", "job-1"]);
  expect(await stage.target.redis.hget("bull:mails:job-0", "data")).toBe('{"id":"repaired"}');
});

test("a worker that wakes after another took over and somebody cancelled moves nothing", async () => {
  await stage.dead("mails", jobIds(3));
  const other = stage.target.queue("later");
  await other.waitUntilReady();
  const [redrive] = await startRedrive({ target: "bull:later" });
  const id = redrive?.id as string;
  const frozen = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  setFailpointHook((name) => {
    if (name !== "batch_claimed") return;
    frozen.resolve();
    return woken.promise;
  });
  const first = carryAllOn(stage.source);
  await frozen.promise;
  setFailpointHook(undefined);
  await act("redrives.cancel", { id });
  await letLeasesEnd();
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "cancelled", items: { pending: 3 } });
  woken.resolve();
  await first;
  expect(await countedStates()).toEqual({ dead: 3 });
  expect(await other.getWaitingCount()).toBe(0);
  expect(await stage.target.redis.zcard("bull:mails:failed")).toBe(3);
});
