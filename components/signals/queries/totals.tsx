import {
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
} from "#components/data/format.ts";
import { Stat } from "#components/data/key-value.tsx";
import type { QueryList } from "#lib/signals/queries/schema.ts";

const part = (some: number | null, all: number): number | null =>
  some === null || all === 0 ? null : some / all;

/** What all statements of the scope did, and what is not in the list. */
export function QueryTotals({ totals }: { totals: QueryList["totals"] }) {
  const { seconds, calls, execMs, ownMs, unexplainedMs, evictions } = totals;
  const active = execMs + ownMs + (unexplainedMs ?? 0);
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-4 gap-y-3">
      <Stat
        label="Busy sessions"
        value={seconds === 0 ? null : (execMs / 1_000 / seconds).toPrecision(2)}
        hint="at once, on average"
      />
      <Stat
        label="Database time"
        value={formatDuration(execMs)}
        hint={`in ${formatDuration(seconds * 1_000)} observed`}
      />
      <Stat
        label="Calls"
        value={formatRate(part(calls, seconds))}
        hint={`${formatInteger(calls)} in all`}
      />
      <Stat
        label="Unexplained"
        value={formatPercent(part(unexplainedMs, active))}
        hint="of active time"
      />
      <Stat
        label="Plumbline itself"
        value={formatPercent(part(ownMs, active))}
        hint={`${formatDuration(ownMs)}, not in the list`}
      />
      {evictions ? (
        <Stat
          label="Evictions"
          tone="warn"
          value={formatInteger(evictions)}
          hint="the list is a sample"
        />
      ) : null}
    </div>
  );
}
