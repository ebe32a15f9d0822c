import type { Capability, ProbeResult, SourceConfig } from "../define.ts";
import { findSchemas } from "../bullmq-postgres/schemas.ts";
import { errorCode, isSourceError } from "../errors.ts";
import type { PostgresConnection } from "./connect.ts";
import { quoteName, readPreloadLibraries, readServerFacts, type ServerFacts } from "./queries.ts";
import { notSuperuser, readOnlySession, serverVersion, shownFacts } from "./session-probe.ts";

/**
 * What this role can see on this server. Ids: version, not_superuser, read_only, pg_monitor, pg_read_all_stats,
 * pgss_installed, pgss_preloaded, pgss_readable, compute_query_id, track_io_timing, tables_readable, and queues_here where
 * BullMQ keeps queues in this database.
 */
export async function probePostgres(
  conn: PostgresConnection,
  config: SourceConfig<"postgres">,
): Promise<ProbeResult> {
  const facts = await readServerFacts(conn);
  const superuser = notSuperuser(facts, config.options, "GRANT pg_monitor TO plumbline;");
  return {
    serverVersion: facts.version.split(" ")[0] ?? null,
    capabilities: [
      serverVersion(facts),
      superuser,
      readOnlySession(facts),
      ...roles(facts),
      ...(await statements(conn, facts)),
      queryIds(facts),
      ioTiming(facts),
      tablesReadable(facts),
      ...(await queuesHere(conn)),
    ],
    facts: shownFacts(facts),
    refusal: superuser.ok ? null : superuser.detail,
  };
}

function roles(facts: ServerFacts): Capability[] {
  const asked = [
    { id: "pg_monitor", ok: facts.monitor, needed: "required", title: "Member of pg_monitor" },
    {
      id: "pg_read_all_stats",
      ok: facts.readAllStats,
      needed: "required",
      title: "Member of pg_read_all_stats",
    },
  ] as const;
  return asked.map(({ id, ok, needed, title }) => ({
    id,
    title,
    needed,
    ok,
    detail: ok
      ? `${facts.role} has it`
      : facts.inherits
        ? `${facts.role} does not have it`
        : `${facts.role} does not have it or does not inherit (NOINHERIT)`,
    ...(!ok && {
      grant: `GRANT ${id} TO ${quoteName(facts.role)};${facts.inherits ? "" : ` ALTER ROLE ${quoteName(facts.role)} INHERIT;`}`,
    }),
  }));
}

async function statements(conn: PostgresConnection, facts: ServerFacts): Promise<Capability[]> {
  const schema = await conn.extensionSchema("pg_stat_statements");
  const { database, statementsPreloaded: preloaded } = facts;
  return [
    {
      id: "pgss_preloaded",
      title: "pg_stat_statements preloaded",
      needed: "required",
      ok: preloaded,
      detail: preloaded ? "loaded at server start" : "not in shared_preload_libraries",
      ...(!preloaded && { grant: await preloadGrant(conn, facts) }),
    },
    {
      id: "pgss_installed",
      title: "pg_stat_statements installed",
      needed: "required",
      ok: schema !== null,
      detail: schema === null ? `not installed in database ${database}` : `in schema ${schema}`,
      ...(schema === null && {
        grant: `CREATE EXTENSION pg_stat_statements; -- in database ${quoteName(database)}, as its owner`,
      }),
    },
    await statementsReadable(conn, facts, schema),
  ];
}

async function preloadGrant(conn: PostgresConnection, facts: ServerFacts): Promise<string> {
  if (!facts.readAllSettings)
    return "Add pg_stat_statements to shared_preload_libraries in postgresql.conf, then restart the server.";
  const libraries = [...(await readPreloadLibraries(conn)), "pg_stat_statements"];
  return `ALTER SYSTEM SET shared_preload_libraries = ${libraries.map((name) => `'${name}'`).join(", ")}; -- then restart the server`;
}

async function statementsReadable(
  conn: PostgresConnection,
  facts: ServerFacts,
  schema: string | null,
): Promise<Capability> {
  const base = {
    id: "pgss_readable",
    title: "pg_stat_statements readable",
    needed: "required",
  } as const;
  if (schema === null) return { ...base, ok: false, detail: "needs the extension first" };
  try {
    // Without texts: the server does not even open its text file.
    await conn.query(`select 1 from ${schema}.pg_stat_statements(false) limit 1`);
    const all = facts.readAllStats;
    return {
      ...base,
      ok: true,
      detail: all
        ? "statements of every role"
        : "other roles' texts are hidden without pg_read_all_stats",
    };
  } catch (error) {
    if (!isSourceError(error)) throw error;
    if (errorCode(error.cause) === "55000")
      return { ...base, ok: false, detail: "needs the library to be preloaded first" };
    if (error.reason !== "permission") throw error;
    const role = quoteName(facts.role);
    return {
      ...base,
      ok: false,
      detail: error.message,
      grant: `GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT EXECUTE ON FUNCTION ${schema}.pg_stat_statements(boolean) TO ${role};`,
    };
  }
}

function queryIds(facts: ServerFacts): Capability {
  const { computeQueryId: setting, statementsPreloaded: preloaded } = facts;
  const base = {
    id: "compute_query_id",
    title: "Query ids are computed",
    needed: "required",
  } as const;
  if (setting === "auto" && !preloaded)
    return { ...base, ok: false, detail: "auto: once pg_stat_statements is preloaded" };
  const ok = setting !== null && setting !== "off";
  return {
    ...base,
    ok,
    detail: `compute_query_id is ${setting ?? "not known to this server"}`,
    ...(!ok && { grant: "ALTER SYSTEM SET compute_query_id = 'auto'; SELECT pg_reload_conf();" }),
  };
}

function ioTiming(facts: ServerFacts): Capability {
  return {
    id: "track_io_timing",
    title: "I/O is timed",
    needed: "recommended",
    ok: facts.trackIoTiming,
    detail: facts.trackIoTiming
      ? "track_io_timing is on"
      : "track_io_timing is off: read times stay unknown",
    ...(!facts.trackIoTiming && {
      grant: "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();",
    }),
  };
}

function tablesReadable(facts: ServerFacts): Capability {
  return {
    id: "tables_readable",
    title: "May plan statements on every table",
    needed: "recommended",
    ok: facts.tablesReadable,
    detail: facts.tablesReadable
      ? "EXPLAIN works on every table of this database"
      : "EXPLAIN needs SELECT on the tables: their statements will have no plan",
    ...(!facts.tablesReadable && {
      grant: `GRANT pg_read_all_data TO ${quoteName(facts.role)}; -- or SELECT on chosen tables`,
    }),
  };
}

/** Said, not taken: reading jobs needs rights on them, and whether these queues are watched is the team's decision. */
async function queuesHere(conn: PostgresConnection): Promise<Capability[]> {
  const schemas = (await findSchemas(conn)).map(({ name }) => name);
  if (schemas.length === 0) return [];
  return [
    {
      id: "queues_here",
      title: "BullMQ keeps queues in this database",
      needed: "recommended",
      ok: true,
      detail: `in schema ${schemas.join(", ")}: a source of kind bullmq_postgres with this URL shows them`,
    },
  ];
}
