import type { z } from "zod";
import type { BullmqConnection } from "./bullmq/connect.ts";
import type { BullmqPostgresConnection } from "./bullmq-postgres/connect.ts";
import type { CostMeter } from "./cost.ts";
import type { PostgresConnection } from "./postgres/connect.ts";
import type { RedisConnection } from "./redis/connect.ts";

export const sourceKinds = ["postgres", "redis", "bullmq", "bullmq_postgres"] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** The connection each kind hands to its signals. */
export interface Connections {
  postgres: PostgresConnection;
  redis: RedisConnection;
  bullmq: BullmqConnection;
  bullmq_postgres: BullmqPostgresConnection;
}
export type ConnectionOf<K extends SourceKind> = Connections[K];

/** Settings only one kind has; the YAML names are snake_case. */
export interface SourceOptions {
  postgres: { allowSuperuser: boolean };
  redis: Record<never, never>;
  /** `prefixes` null = take queues of every prefix found. */
  bullmq: { prefixes: readonly string[] | null };
  /** `schemas` null = every schema that holds BullMQ's tables. */
  bullmq_postgres: { schemas: readonly string[] | null; allowSuperuser: boolean };
}

interface SourceConfigOf<K extends SourceKind> {
  name: string;
  kind: K;
  /** Holds the password: only the worker and the doctor see it; never store, log or send it. */
  url: string;
  labels: Readonly<Record<string, string>>;
  /** The floor for every signal of this source, in milliseconds. */
  intervalMs: number;
  options: SourceOptions[K];
}
export type SourceConfig<K extends SourceKind = SourceKind> = { [P in K]: SourceConfigOf<P> }[K];

/** One thing a source can or cannot do with the rights it was given. */
export interface Capability {
  id: string;
  title: string;
  /** null = could not tell. */
  ok: boolean | null;
  detail: string;
  /** The exact SQL, ACL or configuration lines that would turn this into yes. */
  grant?: string;
  needed: "required" | "recommended";
}

export interface ProbeResult {
  serverVersion: string | null;
  capabilities: Capability[];
  /** Worth knowing, not good or bad: role (primary or replica), database, user … */
  facts: Readonly<Record<string, string>>;
  /** Set when the source must not be used with these rights at all; says why and what to do. */
  refusal: string | null;
}

/** A kind of source: one folder, one line in the registry. */
export interface SourceDefinition<K extends SourceKind> {
  kind: K;
  title: string;
  defaultIntervalMs: number;
  /** URL schemes accepted in `url`, without the colon. */
  schemes: readonly string[];
  urlExample: string;
  /** The kind's own keys in plumbline.yaml, beside name, kind, url, labels and interval. */
  yamlKeys: Readonly<Record<string, z.ZodType>>;
  /** Turns the parsed values of `yamlKeys` into options. */
  options(yaml: Readonly<Record<string, unknown>>): SourceOptions[K];
  /** Prepares a connection without opening a socket; the first read connects. */
  connect(config: SourceConfig<K>, cost: CostMeter): ConnectionOf<K>;
  /** Throws `SourceError` when the target cannot be reached; a missing right is a capability, not an error. */
  probe(conn: ConnectionOf<K>, config: SourceConfig<K>): Promise<ProbeResult>;
}

interface OpenSourceOf<K extends SourceKind> {
  /** Id of the row in `source`. */
  id: string;
  name: string;
  kind: K;
  labels: Readonly<Record<string, string>>;
  intervalMs: number;
  serverVersion: string | null;
  /** Ids of the capabilities that are there; see the kind's probe.ts for the list. */
  capabilities: ReadonlySet<string>;
  /** The whole answer of the probe, with what to grant: what the console stores and shows. */
  probe: ProbeResult;
  conn: ConnectionOf<K>;
  cost: CostMeter;
}
/** A source that was reached and probed: what `collect(source, now)` and actions get. */
export type OpenSource<K extends SourceKind = SourceKind> = { [P in K]: OpenSourceOf<P> }[K];
