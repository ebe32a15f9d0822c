import { CodeBlock } from "#components/data/code-block.tsx";
import { formatInteger } from "#components/data/format.ts";
import type { LiveJob } from "#lib/signals/queues/client.ts";

/** What the job wrote about itself, oldest first. */
export function JobLogs({ logs }: { logs: LiveJob["logs"] }) {
  const left = logs.total - logs.lines.length;
  return (
    <div className="flex flex-col gap-1.5">
      {left > 0 ? (
        <p className="text-xs text-muted">{formatInteger(left)} earlier lines are not shown.</p>
      ) : null}
      <CodeBlock text={logs.lines.join("\n")} label="Logs" />
    </div>
  );
}
