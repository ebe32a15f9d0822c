import { formatInteger } from "#components/data/format.ts";
import { STATES } from "./states.ts";
import type { Counts, JobState } from "#lib/signals/queues/schema.ts";

/** Not the completed ones: they tell how much a queue keeps, not how it is. */
const SHOWN: readonly JobState[] = [
  "active",
  "waiting",
  "prioritized",
  "paused",
  "waiting-children",
  "delayed",
  "failed",
];

const fills: Record<JobState, string> = {
  active: "fill-ok",
  waiting: "fill-series-1",
  prioritized: "fill-series-2",
  paused: "fill-series-3",
  "waiting-children": "fill-series-4",
  delayed: "fill-series-6",
  completed: "fill-ok",
  failed: "fill-crit",
};

const MIN_SHARE = 0.03;

/** What a queue holds, as parts of one bar. Small parts stay visible; the numbers are in the label. */
export function StateMix({ counts }: { counts: Counts }) {
  const parts = SHOWN.flatMap((state) => {
    const count = counts[state];
    return count ? [{ state, count }] : [];
  });
  const unknown = SHOWN.filter((state) => counts[state] === null);
  const words = [
    ...parts.map(
      ({ state, count }) => `${formatInteger(count)} ${STATES[state].label.toLowerCase()}`,
    ),
    ...unknown.map((state) => `${STATES[state].label.toLowerCase()} unknown`),
  ];
  const label = words.join(", ") || "no jobs";
  return (
    <svg
      role="img"
      aria-label={label}
      className="h-2 w-24 shrink-0 overflow-hidden rounded-full"
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      <rect width="100%" height="100%" className="fill-line" />
      {bars(parts).map(({ state, x, width }) => (
        <rect
          key={state}
          x={`${x * 100}%`}
          width={`${width * 100}%`}
          height="100%"
          className={fills[state]}
        />
      ))}
    </svg>
  );
}

function bars(parts: readonly { state: JobState; count: number }[]) {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const shares = parts.map(({ count }) => Math.max(count / total, MIN_SHARE));
  const scale = shares.reduce((sum, share) => sum + share, 0);
  let x = 0;
  return parts.map(({ state }, at) => {
    const width = (shares[at] ?? 0) / scale;
    const bar = { state, x, width };
    x += width;
    return bar;
  });
}
