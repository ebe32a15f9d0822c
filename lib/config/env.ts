import { join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  /** Where users reach the console; the exact origin allowed to mutate. */
  PLUMBLINE_URL: z.url({ protocol: /^https?$/ }).default("http://localhost:3000"),
  /** Root of all derived keys (session signing, TOTP encryption). At least 32 characters. */
  PLUMBLINE_SECRET: z.string().min(32),
  PLUMBLINE_HOME: z.string().default(".plumbline"),
  /** Colon-separated list of source files; missing files are skipped. */
  PLUMBLINE_SOURCES: z.string().default("plumbline.yaml"),
  METRICS_HOST: z.string().default("127.0.0.1"),
  METRICS_PORT: z.coerce.number().int().min(0).max(65535).default(9464),
  /** File holding the bearer token that `/metrics` asks for; open on loopback without one. */
  METRICS_TOKEN_FILE: z.string().optional(),
  /** The commit that was built, for `plumbline_build_info`; images set it. */
  PLUMBLINE_COMMIT: z.string().default("unknown"),
  /** How long a dead letter is kept after it was settled: retried, discarded, gone from its queue … */
  DEAD_LETTER_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]).default("info"),
  OIDC_ISSUER: z.url().optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  /** Some providers send groups only when their scope is asked for. */
  OIDC_SCOPES: z.string().default("openid profile"),
  /** The claim that carries group or role names. */
  OIDC_ROLES_CLAIM: z.string().default("groups"),
  /** `group=role,group=role`: how claim values become Plumbline roles. */
  OIDC_ROLE_MAP: z.string().default(""),
  /** How many trusted proxies stand in front and set X-Forwarded-For. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),
});

export type Env = z.infer<typeof schema>;

let cached: Env | undefined;

/** The process's settings, validated once. Throws a sentence that names each wrong variable, never its value. */
export function env(): Env {
  cached ??= parseEnv(process.env);
  return cached;
}

export function parseEnv(variables: NodeJS.ProcessEnv): Env {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues
    .map((issue) => `${issue.path.join(".")} (${issue.message})`)
    .join("; ");
  throw new AppError("unavailable", `These environment variables are missing or wrong: ${wrong}`, {
    remedy: "Set them, or use `npm start`, which sets them for you.",
  });
}

/** A path inside the state folder. */
export function statePath(...parts: string[]): string {
  return join(resolve(env().PLUMBLINE_HOME), ...parts);
}
