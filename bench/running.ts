import { adoptRunningEnvironment } from "../bin/environment.ts";
import { createSession, revokeSessions } from "#lib/auth/sessions.ts";
import { sessionCookieHeader } from "#lib/auth/cookie.ts";
import { env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";
import { sha256 } from "#lib/core/ids.ts";
import { closePool, sql } from "#lib/db/sql.ts";

/** The running console, seen by somebody who is signed in. */
export interface Running {
  url: string;
  /** `name=value`, as a Cookie header wants it. */
  cookie: string;
  close(): Promise<void>;
}

/** Attaches to the console that `npm start` runs in this state folder, with a session that ends with the benchmark. */
export async function attach(): Promise<Running> {
  adoptRunningEnvironment();
  const { rows } = await sql.query<{ id: string }>(
    "SELECT id FROM user_account WHERE 'admin' = ANY(roles) AND disabled_at IS NULL LIMIT 1",
  );
  const userId = rows[0]?.id;
  if (!userId)
    throw new AppError("unavailable", "No administrator found", {
      remedy: "Run `npm start` first.",
    });
  const id = await createSession(sql, {
    userId,
    via: "password",
    address: null,
    userAgent: "bench",
  });
  const [cookie = ""] = (await sessionCookieHeader(id)).split(";");
  return {
    url: env().PLUMBLINE_URL,
    cookie,
    close: async () => {
      await revokeSessions(sql, { id: sha256(id) });
      await closePool();
    },
  };
}

/** The screens whose weight and speed count; the first is what people open at night. */
export const SCREENS = ["/", "/queries", "/caches", "/queues", "/audit", "/settings/sources"];
