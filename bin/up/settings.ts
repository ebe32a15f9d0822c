import { join, resolve } from "node:path";
import { secretIn } from "#lib/embedded/place.ts";

interface Facts {
  home: string;
  /** Where people reach the web. */
  url: string;
  databaseUrl: string;
  redisUrl: string;
  metricsPort: number;
}

/** The variables that Plumbline's processes run with. Those that the user has set win. */
export function settings(facts: Facts): Record<string, string> {
  const { env } = process;
  const sources = ["plumbline.yaml", join(facts.home, "sandbox", "plumbline.yaml")];
  return {
    DATABASE_URL: facts.databaseUrl,
    REDIS_URL: facts.redisUrl,
    PLUMBLINE_HOME: facts.home,
    PLUMBLINE_URL: env["PLUMBLINE_URL"] || facts.url,
    PLUMBLINE_SECRET: env["PLUMBLINE_SECRET"] || secretIn(join(facts.home, "secret")),
    PLUMBLINE_SOURCES: env["PLUMBLINE_SOURCES"] || sources.map((file) => resolve(file)).join(":"),
    METRICS_PORT: String(facts.metricsPort),
    NODE_ENV: "production",
  };
}
