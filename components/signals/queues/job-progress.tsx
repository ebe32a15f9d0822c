import { Meter } from "#components/data/meter.tsx";
import { PayloadView } from "#components/data/payload-view.tsx";
import type { LiveJob } from "#lib/signals/queues/client.ts";

/** What a job told of its progress: a bar for a percentage, else what it said. */
export function JobProgress({ progress, revealed }: { progress: string; revealed: boolean }) {
  const percent = percentOf(progress);
  return (
    <div className="flex flex-col gap-2">
      {percent === null ? null : (
        <Meter label="Progress" ratio={percent / 100} text={`${Math.round(percent)}%`} />
      )}
      {isNumber(progress) && percent !== null ? null : (
        <PayloadView
          payload={{ text: progress, masked: !revealed, bytes: progress.length, note: null }}
          label="Progress"
        />
      )}
    </div>
  );
}

const isNumber = (text: LiveJob["progress"]): boolean => /^\d+(\.\d+)?$/.test(text ?? "");

/** A number up to 100, alone or under the names that applications use. */
function percentOf(text: string): number | null {
  try {
    const value: unknown = JSON.parse(text);
    const found =
      typeof value === "object" && value !== null
        ? NAMES.map((name) => (value as Record<string, unknown>)[name]).find(isPercent)
        : value;
    return isPercent(found) ? found : null;
  } catch {
    return null;
  }
}

const NAMES = ["percent", "percentage", "progress", "pct"];

const isPercent = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= 100;
