import type { Capability, ProbeResult, SourceConfig } from "../define.ts";
import { quoteName, readServerFacts, type ServerFacts } from "../postgres/queries.ts";
import {
  notSuperuser,
  readOnlySession,
  serverVersion,
  shownFacts,
} from "../postgres/session-probe.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { queuesOf, watchedSchemas } from "./discover.ts";
import { mayRetry, retryGrants } from "./retry-rights.ts";
import { type QueueSchema, readGrants } from "./schemas.ts";

/** The newest migration of BullMQ's tables that we know: later ones may mean something else. */
const NEWEST_TESTED_MIGRATION = 11;
const NAMES_SHOWN = 5;

/**
 * What this role can see of the queues in this database. Ids: version, not_superuser, read_only, queue_tables, read_tables,
 * tables_version, queues_discoverable, retry_allowed.
 */
export async function probeBullmqPostgres(
  conn: BullmqPostgresConnection,
  config: SourceConfig<"bullmq_postgres">,
): Promise<ProbeResult> {
  const facts = await readServerFacts(conn);
  const schemas = await watchedSchemas(conn);
  const readable = schemas.filter(({ unreadable }) => unreadable.length === 0);
  const wanted = conn.schemas ?? ["bullmq"];
  const superuser = notSuperuser(facts, config.options, readGrants(wanted, "plumbline"));
  return {
    serverVersion: facts.version.split(" ")[0] ?? null,
    capabilities: [
      serverVersion(facts),
      superuser,
      readOnlySession(facts),
      queueTables(schemas, conn, facts),
      readTables(schemas, facts),
      await tablesVersion(conn, readable),
      await discoverable(conn, readable),
      await retries(conn, readable, facts),
    ],
    facts: shownFacts(facts),
    refusal: superuser.ok ? null : superuser.detail,
  };
}

function queueTables(
  schemas: readonly QueueSchema[],
  conn: BullmqPostgresConnection,
  { database }: ServerFacts,
): Capability {
  const base = {
    id: "queue_tables",
    title: "BullMQ's tables are here",
    needed: "required",
  } as const;
  const missing = (conn.schemas ?? []).filter((name) => schemas.every((one) => one.name !== name));
  if (schemas.length > 0 && missing.length === 0)
    return { ...base, ok: true, detail: `in ${names(schemas.map(({ name }) => name))}` };
  const where = missing.length > 0 ? names(missing) : "any schema";
  return {
    ...base,
    ok: false,
    detail: `not in ${where} of database ${database}: name another database in the URL, or start a BullMQ worker with migrate: true`,
  };
}

function readTables(schemas: readonly QueueSchema[], { role }: ServerFacts): Capability {
  const base = {
    id: "read_tables",
    title: "May read BullMQ's tables",
    needed: "required",
  } as const;
  if (schemas.length === 0) return { ...base, ok: null, detail: "needs the tables first" };
  const closed = schemas.filter(({ unreadable }) => unreadable.length > 0);
  if (closed.length === 0) return { ...base, ok: true, detail: `${role} has SELECT on them` };
  const tables = closed.flatMap(({ name, unreadable }) =>
    unreadable.map((one) => `${name}.${one}`),
  );
  return {
    ...base,
    ok: false,
    detail: `${role} may not read ${names(tables)}`,
    grant: readGrants(
      closed.map(({ name }) => name),
      quoteName(role),
    ),
  };
}

/** Later versions of BullMQ change these tables by numbered migrations. */
async function tablesVersion(
  conn: BullmqPostgresConnection,
  readable: readonly QueueSchema[],
): Promise<Capability> {
  const base = {
    id: "tables_version",
    title: "BullMQ's tables are of a version we test",
    needed: "recommended",
  } as const;
  const versions = await Promise.all(
    readable.map(async ({ name }) => {
      const [row] = await conn.query<{ version: number | null }>(
        `select max(version)::int as version from ${inSchema(name, "migration")}`,
      );
      return row?.version ?? 0;
    }),
  );
  if (versions.length === 0) return { ...base, ok: null, detail: "needs the right to read first" };
  const newest = Math.max(...versions);
  if (newest <= NEWEST_TESTED_MIGRATION)
    return { ...base, ok: true, detail: `migration ${newest}` };
  return {
    ...base,
    ok: null,
    detail: `migration ${newest} is newer than ${NEWEST_TESTED_MIGRATION}, the last we test: figures may be wrong`,
  };
}

async function discoverable(
  conn: BullmqPostgresConnection,
  readable: readonly QueueSchema[],
): Promise<Capability> {
  const base = {
    id: "queues_discoverable",
    title: "Queues can be found",
    needed: "required",
  } as const;
  if (readable.length === 0) return { ...base, ok: false, detail: "needs the right to read first" };
  const found = await Promise.all(readable.map(({ name }) => queuesOf(conn, name)));
  const queues = found.flat().map(({ name }) => name);
  const detail =
    queues.length > 0 ? `${queues.length} found: ${names(queues)}` : "no queue exists yet";
  return { ...base, ok: true, detail };
}

async function retries(
  conn: BullmqPostgresConnection,
  readable: readonly QueueSchema[],
  { role, replica }: ServerFacts,
): Promise<Capability> {
  const base = {
    id: "retry_allowed",
    title: "May retry failed jobs",
    needed: "recommended",
  } as const;
  if (readable.length === 0) return { ...base, ok: null, detail: "needs the right to read first" };
  if (replica)
    return { ...base, ok: false, detail: "this is a replica: point the source at the primary" };
  const allowed = await Promise.all(readable.map(({ name }) => mayRetry(conn, name)));
  const closed = readable.filter((_schema, at) => !allowed[at]).map(({ name }) => name);
  if (closed.length === 0)
    return { ...base, ok: true, detail: "by BullMQ's own function; payloads cannot be changed" };
  const grant = retryGrants(closed, quoteName(role));
  return { ...base, ok: false, detail: `${role} may only read ${names(closed)}`, grant };
}

function names(all: readonly string[]): string {
  const more = all.length > NAMES_SHOWN ? ` and ${all.length - NAMES_SHOWN} more` : "";
  return `${all.slice(0, NAMES_SHOWN).join(", ")}${more}`;
}
