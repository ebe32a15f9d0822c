import { join } from "node:path";
import { Queue, UnrecoverableError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { loadSources } from "#lib/sources/config.ts";

/** A queue of a test's own beside those of the sandbox, with a worker that does as it is told. */
export interface OwnQueue {
  /** `source~prefix:name`, as in addresses. */
  id: string;
  queue: Queue;
  /** What every job fails with; null = jobs succeed. */
  failWith: string | null;
  /** The stored text of a job's payload, digit by digit. */
  payload(job: string): Promise<string | null>;
  close(): Promise<void>;
}

const SOURCE = "payments-queues";

/** Opens it on the sandbox's Redis, as the user Plumbline comes as. */
export async function ownQueue(name: string): Promise<OwnQueue> {
  const file = join(process.env["E2E_HOME"] ?? "", "sandbox", "plumbline.yaml");
  const sources = await loadSources([file], {}, true);
  const url = sources.find((source) => source.name === SOURCE)?.url ?? "";
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(name, { connection: redis });
  const own: OwnQueue = {
    id: `${SOURCE}~bull:${name}`,
    queue,
    failWith: null,
    payload: (job) => redis.hget(`bull:${name}:${job}`, "data"),
    close: async () => {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      redis.disconnect();
    },
  };
  const process_ = async () => {
    if (own.failWith !== null) throw new UnrecoverableError(own.failWith);
  };
  const worker = new Worker(name, process_, {
    connection: { url, maxRetriesPerRequest: null },
    concurrency: 5,
  });
  worker.on("error", () => {});
  await worker.waitUntilReady();
  return own;
}
