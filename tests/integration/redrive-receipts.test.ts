import { expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { enterLease } from "#lib/sources/bullmq/acting-lease.ts";
import { retryMany } from "#lib/sources/bullmq/retry-many.ts";
import {
  carryAllOn,
  countedItems,
  jobIds,
  letLeasesEnd,
  onStage,
  retriesOf,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

let stage: Stage;

onStage((opened) => {
  stage = opened;
});

test("a worker that comes back after another took over can send nothing any more", async () => {
  await stage.dead("mails", jobIds(3));
  const queue = { prefix: "bull", name: "mails" };
  const id = "00000000-0000-4000-8000-000000000000";
  const score = String(await stage.target.redis.zscore("bull:mails:failed", "job-0"));
  const job = { id: "job-0", score, attemptsMade: 1, lifo: false };
  expect(await enterLease(stage.source.conn, { queue, id, lease: 1 })).toEqual({
    receiptsKept: false,
  });
  expect(await enterLease(stage.source.conn, { queue, id, lease: 2 })).toEqual({
    receiptsKept: true,
  });
  await expect(retryMany(stage.source.conn, { queue, id, lease: 1 }, [job])).rejects.toMatchObject({
    code: "stale_lease",
  });
  await expect(enterLease(stage.source.conn, { queue, id, lease: 1 })).rejects.toMatchObject({
    code: "stale_lease",
  });
  expect(await retryMany(stage.source.conn, { queue, id, lease: 2 }, [job, job])).toEqual([
    "done",
    "repeated",
  ]);
  expect(await stage.target.redis.llen("bull:mails:wait")).toBe(1);
});

test("when the server lost the receipts, what is somewhere else may have been sent by us: unknown", async () => {
  const queue = await stage.dead("mails", jobIds(3));
  const [redrive] = await startRedrive();
  const id = redrive?.id as string;
  await sql.query("UPDATE deadletters_redrive_item SET state = 'claimed'");
  await sql.query(
    "UPDATE deadletters_letter SET state = 'claimed', claimed_from = 'dead', redrive_id = $1",
    [id],
  );
  await (await queue.getJob("job-0"))?.retry();
  await letLeasesEnd();
  await carryAllOn(stage.source);
  expect(await countedItems(id)).toEqual({ retried: 2, unknown: 1 });
  expect([...(await retriesOf(stage.target, "bull:mails")).values()]).toEqual([1, 1, 1]);
});
