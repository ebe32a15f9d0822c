"use client";
import { useQuery } from "@tanstack/react-query";
import { Chart } from "#components/data/chart.tsx";
import { formatCount } from "#components/data/format.ts";
import { queueSeriesQuery } from "#lib/signals/queues/client.ts";
import { lineOf } from "./lines.ts";

/** Attempts per job over time, with what independent failures would make of it. */
export function RetryChart({ id, range }: { id: string; range: string }) {
  const query = useQuery(queueSeriesQuery(id, range));
  const all = query.data?.data.series ?? [];
  return (
    <Chart
      title="Attempts per job"
      hint="over the 15 minutes before each moment"
      series={[
        ...lineOf(all, "amplification", "Observed"),
        ...lineOf(all, "amplification_expected", "Expected"),
      ]}
      format={(value) => `${formatCount(value)}${value === null ? "" : "×"}`}
      loading={query.isPending}
      empty="Fewer than 20 jobs in any 15 minutes, or nobody looked."
    />
  );
}
