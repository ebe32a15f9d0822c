import { z } from "zod";
import type { SourceDefinition } from "../define.ts";
import { PostgresConnection } from "./connect.ts";
import { probePostgres } from "./probe.ts";

/** A superuser is refused unless the source says that it is meant. */
export const allowSuperuser = z.boolean({ error: "expected true or false" }).default(false);

export const postgresSource: SourceDefinition<"postgres"> = {
  kind: "postgres",
  title: "PostgreSQL",
  defaultIntervalMs: 60_000,
  schemes: ["postgres", "postgresql"],
  urlExample: "postgres://user:password@host:5432/database",
  yamlKeys: { allow_superuser: allowSuperuser },
  options: (yaml) => ({ allowSuperuser: yaml.allow_superuser === true }),
  connect: (config, cost) => new PostgresConnection(config.url, cost),
  probe: probePostgres,
};
