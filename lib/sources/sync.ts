import type { Sql } from "#lib/db/sql.ts";
import type { ProbeResult, SourceConfig } from "./define.ts";

/** What became of the configured sources in the `source` table. */
export interface SyncedSources {
  /** Name → id of the row. */
  ids: ReadonlyMap<string, string>;
  added: string[];
  /** Names that left the configuration: their history stays, nothing collects them. */
  disabled: string[];
}

const UPSERT = `
insert into source (id, name, kind, labels, interval_ms)
select gen_random_uuid(), name, kind, labels::jsonb, interval_ms
from unnest($1::text[], $2::text[], $3::text[], $4::int[]) as configured (name, kind, labels, interval_ms)
order by name
on conflict (name) do update set
  kind = excluded.kind, labels = excluded.labels, interval_ms = excluded.interval_ms, enabled = true,
  -- What was found out about a server of another kind no longer holds.
  server_version = case when source.kind = excluded.kind then source.server_version end,
  capabilities = case when source.kind = excluded.kind then source.capabilities else '[]' end,
  probed_at = case when source.kind = excluded.kind then source.probed_at end
returning id, name, xmax = 0 as added`;

/** Makes the table say what the configuration says, in one transaction. URLs and other secrets are never written. */
export async function syncSources(
  tx: Sql,
  sources: readonly SourceConfig[],
): Promise<SyncedSources> {
  const { rows } = await tx.query<{ id: string; name: string; added: boolean }>(UPSERT, [
    sources.map((source) => source.name),
    sources.map((source) => source.kind),
    sources.map((source) => JSON.stringify(source.labels)),
    sources.map((source) => source.intervalMs),
  ]);
  const gone = await tx.query<{ name: string }>(
    `update source set enabled = false where enabled and name <> all ($1::text[]) returning name`,
    [sources.map((source) => source.name)],
  );
  return {
    ids: new Map(rows.map((row) => [row.name, row.id])),
    added: rows.filter((row) => row.added).map((row) => row.name),
    disabled: gone.rows.map((row) => row.name).toSorted(),
  };
}

/** Records what a source can do, for the console to show and to ask. */
export async function saveProbe(
  tx: Sql,
  sourceId: string,
  probe: ProbeResult,
  at: Date,
): Promise<void> {
  await tx.query(
    `update source set server_version = $2, capabilities = $3::jsonb, probed_at = $4 where id = $1`,
    [sourceId, probe.serverVersion, JSON.stringify(probe.capabilities), at],
  );
}
