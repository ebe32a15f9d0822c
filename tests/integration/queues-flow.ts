import { systemActor } from "#lib/auth/actor.ts";
import { collect } from "#lib/signals/queues/collect.ts";
import type { Flow } from "#lib/signals/queues/observe/events.ts";
import { get } from "#lib/signals/queues/read.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { queueId } from "#lib/sources/bullmq/queue-ids.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { collectOnce, type QueueTarget, until } from "./queues-target.ts";

export const soon = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

/** A team's queue `mails`, and what Plumbline makes of its events. */
export class FollowedQueue {
  readonly target: QueueTarget;
  readonly source: OpenSource<"bullmq">;

  constructor(target: QueueTarget, source: OpenSource<"bullmq">) {
    this.target = target;
    this.source = source;
  }

  /** The first look only finds the end of the events. */
  async firstLook(): Promise<void> {
    const meta = ["version", "bullmq:6.7.0", "opts.maxLenEvents", 10_000];
    await this.target.redis.hset("bull:mails:meta", ...meta);
    await this.target.redis.xadd("bull:mails:events", "*", "event", "drained");
    await collectOnce(this.source);
  }

  idle(): Promise<unknown> {
    return until(
      () => this.target.queue("mails").getJobCounts("waiting", "active", "delayed", "prioritized"),
      (counts) => Object.values(counts).every((count) => count === 0),
    );
  }

  /** Looks, stores and reads as a page does. */
  async detail(at = soon(15)): Promise<QueueDetail> {
    await collectOnce(this.source, at);
    const context = { actor: systemActor("test"), now: at };
    const { data } = await get.run(context, queueId(this.source.name, "bull:mails"), {});
    return data as QueueDetail;
  }

  /** What one look tells, without storing it. */
  async flow(): Promise<Flow | null> {
    const abort = AbortSignal.timeout(10_000);
    const { rows } = await collect({ source: this.source, now: soon(15), abort });
    const row = rows.find((each) => each.is === "queue" && each.queue.ref.name === "mails");
    return row?.is === "queue" ? row.queue.flow : null;
  }
}

export const jobs = (count: number, opts: object = {}) =>
  Array.from({ length: count }, (_, at) => ({ name: "send", data: { at }, opts }));
