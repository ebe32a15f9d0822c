import { KeyValue } from "#components/data/key-value.tsx";
import { formatDuration, plural } from "#components/data/format.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { rateLimitWords } from "./limiter-words.ts";

type Options = QueueDetail["policies"][number]["options"];

/** What is known of how the queue treats its jobs; options are those of jobs that were looked at, not settings of the queue. */
export function QueueOptions({ queue }: { queue: QueueDetail }) {
  const { policies, globalConcurrency, labels } = queue;
  // All of a queue's own settings stand in one hash.
  const unread = queue.paused === null ? "could not be read" : null;
  const about = Object.entries(labels).map(([name, value]) => `${name} ${value}`);
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      <KeyValue
        items={[
          [
            "Library",
            queue.flavour === "bull" ? "Bull" : `BullMQ ${queue.version ?? "of unknown version"}`,
          ],
          ["Key prefix", <code key="prefix">{queue.prefix}</code>],
          ["Global concurrency", globalConcurrency ?? unread ?? "no limit"],
          ["Rate limit", unread ?? rateLimitWords(queue)],
          ["Objective", `${formatDuration(queue.objectiveSeconds * 1_000)} of waiting`],
          ["Labels", about.join(", ") || "none"],
        ]}
      />
      {byOptions(policies).map(({ names, looks, options }) => (
        <section key={JSON.stringify(options)} className="flex flex-col gap-1.5">
          <h3 className="flex flex-wrap items-baseline gap-x-2 text-sm font-medium wrap-anywhere">
            Jobs named {names.join(", ")}
            <span className="text-xs font-normal text-muted">
              {plural(looks, "look")} in the last day
            </span>
          </h3>
          <JobOptions options={options} />
        </section>
      ))}
      {policies.length === 0 ? (
        <p className="text-muted">No job was there to look at in the last day.</p>
      ) : null}
    </div>
  );
}

/** Names whose jobs have the same options stand together. */
function byOptions(policies: QueueDetail["policies"]) {
  const kinds = Map.groupBy(policies, ({ options }) =>
    JSON.stringify({ ...options, delayMs: null }),
  );
  return [...kinds.values()].flatMap((kind) => {
    const [first] = kind;
    const names = kind.map(({ name }) => name ?? "nothing");
    const looks = kind.reduce((sum, policy) => sum + policy.looks, 0);
    return first ? [{ names, looks, options: first.options }] : [];
  });
}

export function JobOptions({ options }: { options: Options }) {
  const { backoff } = options;
  return (
    <KeyValue
      items={[
        ["Attempts", options.attempts ?? "1 (default)"],
        ["Backoff", backoff ? describeBackoff(backoff) : "none: retries at once"],
        ["Delay", options.delayMs ? formatDuration(options.delayMs) : "none"],
        ["Order", options.lifo ? "last in, first out" : "first in, first out"],
        ["When completed", describeKeep(options.removeOnComplete)],
        ["When failed", describeKeep(options.removeOnFail)],
      ]}
    />
  );
}

function describeBackoff({ type, delayMs, jitter }: NonNullable<Options["backoff"]>): string {
  const delay = delayMs === null ? "" : ` from ${formatDuration(delayMs)}`;
  return `${type}${delay}${jitter ? `, jitter ${jitter}` : ", no jitter"}`;
}

function describeKeep(policy: Options["removeOnFail"]): string {
  if (policy === null) return "kept for ever";
  if (policy.atOnce) return "removed at once";
  const parts = [
    policy.keepCount === null ? "" : `the last ${policy.keepCount.toLocaleString("en")}`,
    policy.keepSeconds === null ? "" : `for ${formatDuration(policy.keepSeconds * 1_000)}`,
  ];
  return `kept: ${parts.filter(Boolean).join(", ")}`;
}
