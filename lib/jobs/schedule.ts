import { sha256 } from "#lib/core/ids.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Job, JobQueue } from "./define.ts";
import { queueNamed } from "./queue.ts";

/** A job that BullMQ makes again and again, once per tick however many workers there are. */
export interface Schedule<Data = unknown> {
  /** Unique in its queue and stable across restarts. */
  id: string;
  job: Job<Data>;
  data: Data;
  everyMs: number;
}

/** First ticks are spread over this long, so that many schedules do not all fire together ever after. */
const SPREAD_MS = 5 * SECOND;
/** A tick this late means that the chain of ticks broke: a worker died between taking one and making the next. */
const LOST_AFTER_MS = 30 * SECOND;

/**
 * Makes the queue's schedules exactly these: adds, changes, revives and removes. Cheap when nothing changed, so workers
 * repeat it; that also restores everything after Redis lost its data. Throws `unavailable` when Redis does not answer.
 */
export async function syncSchedules(
  name: JobQueue,
  wanted: readonly Schedule[],
  now = Date.now(),
): Promise<void> {
  const queue = await queueNamed(name);
  const present = new Map((await queue.getJobSchedulers(0, -1)).map((one) => [one.key, one]));
  for (const { id, job, data, everyMs } of wanted) {
    const known = present.get(id);
    present.delete(id);
    const lost = known?.next !== undefined && known.next < now - everyMs - LOST_AFTER_MS;
    if (known?.every === everyMs && !lost) continue;
    const startDate =
      now + (Number.parseInt(sha256(id).slice(0, 8), 16) % Math.min(everyMs, SPREAD_MS));
    const options = { removeOnComplete: true, removeOnFail: true, ...job.options };
    await queue.upsertJobScheduler(
      id,
      { every: everyMs, startDate },
      { name: job.name, data: job.schema.parse(data), opts: options },
    );
  }
  for (const id of present.keys()) await queue.removeJobScheduler(id);
}
