import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import { HOUR } from "#lib/core/time.ts";
import type { AnalyticsJob } from "../payments/jobs.ts";

const KEPT_S = 7_200;
/** Written before there were refunds; nobody has noticed since, because failed jobs of this queue are thrown away. */
const COLUMNS = new Map([
  ["charge", "in"],
  ["withdrawal", "out"],
]);

/** Adds a payment to the figures of its hour. */
export const countPayment =
  (redis: Redis) =>
  async ({ data }: Job<AnalyticsJob>): Promise<void> => {
    const column = COLUMNS.get(data.kind);
    if (!column) throw new RangeError(`The figures have no column for a ${data.kind}`);
    const key = `figures:${Math.floor(Date.now() / HOUR)}`;
    await redis.hincrby(key, `${column}:${data.currency}`, data.amount);
    await redis.expire(key, KEPT_S);
  };
