import { Meter } from "#components/data/meter.tsx";
import { PayloadView } from "#components/data/payload-view.tsx";
import type { LiveJob } from "#lib/signals/queues/client.ts";

interface Props extends Pick<LiveJob, "percent" | "revealed"> {
  progress: string;
}

/** What a job told of its progress: a bar for a percentage, else what it said. */
export function JobProgress({ progress, percent, revealed }: Props) {
  return (
    <div className="flex flex-col gap-2">
      {percent === null ? null : (
        <Meter label="Progress" ratio={percent / 100} text={`${Math.round(percent)}%`} />
      )}
      {progress === String(percent) ? null : (
        <PayloadView
          payload={{ text: progress, masked: !revealed, bytes: progress.length, note: null }}
          label="Progress"
        />
      )}
    </div>
  );
}
