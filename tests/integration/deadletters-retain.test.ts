import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import { retain } from "#lib/signals/deadletters/retain.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { captureQueue, countsOf, failure, lettersOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, watch } from "./deadletters-target.ts";
import { openTarget, QueueTarget } from "./queues-target.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OLD = Date.now() - 100 * DAY_MS;
const NEW = Date.now() - 80 * DAY_MS;

let ground: Ground;

beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

const settle = (queueId: number, jobId: string, state: string, at: number): Promise<unknown> =>
  sql.query(
    "UPDATE deadletters_letter SET state = $3, state_at = $4 WHERE queue_id = $1 AND job_id = $2",
    [queueId, jobId, state, new Date(at)],
  );

test("what was settled long ago is forgotten with its group; what is dead stays however old it is", async () => {
  const queueId = await captureQueue();
  const at = (jobId: string, failedAt: number, error: string) =>
    failure({ jobId, failedAt, error, stacks: `["Error: x\\n    at ${jobId} (/a.ts:1:1)"]` });
  await ingest(queueId, [
    at("dead", OLD, "still there"),
    at("retried", OLD, "forgotten"),
    at("lately", OLD, "settled lately"),
    at("young", NEW, "young"),
  ]);
  await settle(queueId, "retried", "retried", OLD);
  await settle(queueId, "lately", "discarded", NEW);
  await settle(queueId, "young", "retried", NEW);
  expect(await retain()).toMatchObject({
    deadletters_letter: 1,
    deadletters_facet: 1,
    deadletters_group: 1,
    deadletters_trace: 1,
  });
  expect((await lettersOf(queueId)).map(({ job }) => job)).toEqual(["dead", "lately", "young"]);
  expect(await countsOf(queueId)).toEqual({ dead: 1, discarded: 1, retried: 1 });
  expect(await retain()).toMatchObject({
    deadletters_letter: 0,
    deadletters_facet: 0,
    deadletters_group: 0,
    deadletters_trace: 0,
  });
});

test("arrivals of more than a week ago are kept by six hours, those since then by ten minutes; none is lost", async () => {
  const queueId = await captureQueue();
  const first = Math.floor((Date.now() - 20 * DAY_MS) / (6 * HOUR_MS)) * 6 * HOUR_MS;
  const times = [0, 1, 2, 3, 7].map((hours) => first + hours * HOUR_MS);
  const lately = [1, 2].map((hours) => Date.now() - hours * HOUR_MS);
  await ingest(
    queueId,
    [...times, ...lately].map((failedAt) => failure({ jobId: `at-${failedAt}`, failedAt })),
  );
  const arrivals = async () =>
    (
      await sql.query<{ at: Date; count: number }>(
        `SELECT a.at, a.count::int FROM deadletters_arrival a JOIN deadletters_facet f ON f.id = a.facet_id
         WHERE f.queue_id = $1 ORDER BY a.at`,
        [queueId],
      )
    ).rows;
  const fine = (await arrivals()).slice(-2);
  expect(await retain()).toMatchObject({ deadletters_arrival: 4 });
  expect(await arrivals()).toEqual([
    { at: new Date(first), count: 4 },
    { at: new Date(first + 6 * HOUR_MS), count: 1 },
    ...fine,
  ]);
  expect(await retain()).toMatchObject({ deadletters_arrival: 0 });
});

test("a failure that was discarded and forgotten does not come back as long as its queue holds it", async () => {
  const target = await QueueTarget.start();
  const source: OpenSource<"bullmq"> = await openTarget(target.server.url);
  const key = "bull:payments";
  await target.redis.hset(`${key}:old`, {
    name: "x",
    data: "{}",
    failedReason: "no",
    finishedOn: OLD,
  });
  await target.redis.zadd(`${key}:failed`, OLD, "old");
  await watch(source, key);
  for (let round = 0; round < 3; round += 1) await capture(source);
  const { id } = await captureOf(source, key);
  expect(await captured(source, key)).toHaveLength(1);
  await settle(id, "old", "discarded", OLD);
  await retain();
  await sql.query(
    "UPDATE deadletters_queue SET reconciled_at = now() - interval '1 hour' WHERE id = $1",
    [id],
  );
  for (let round = 0; round < 3; round += 1) await capture(source);
  expect(await captured(source, key)).toEqual([]);
  await source.conn.close();
  await target.stop();
});
