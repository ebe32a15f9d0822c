import type { Capability } from "../define.ts";
import { quoteName, type ServerFacts } from "./queries.ts";

const OLDEST_MAJOR = 14;
const NEWEST_TESTED_MAJOR = 18;

/** Whether this server is one of those we read. */
export function serverVersion(facts: ServerFacts): Capability {
  const major = Math.floor(facts.versionNum / 10_000);
  const base = { id: "version", title: "PostgreSQL 14 to 18", needed: "required" } as const;
  if (major < OLDEST_MAJOR)
    return {
      ...base,
      ok: false,
      detail: `PostgreSQL ${facts.version} is too old: 14 is the oldest we read.`,
    };
  if (major > NEWEST_TESTED_MAJOR)
    return { ...base, ok: null, detail: `PostgreSQL ${facts.version} is newer than what we test.` };
  return { ...base, ok: true, detail: `PostgreSQL ${facts.version}` };
}

/** A role of one's own, before it is granted anything. */
const NEW_ROLE = "CREATE ROLE plumbline LOGIN PASSWORD '…' CONNECTION LIMIT 5;";

/** Refuses a superuser unless the source allows it: `detail` is then the reason of the refusal; `grants` are what a role needs. */
export function notSuperuser(
  facts: ServerFacts,
  options: { allowSuperuser: boolean },
  grants: string,
): Capability {
  const base = {
    id: "not_superuser",
    title: "Role is not a superuser",
    needed: "required",
  } as const;
  if (!facts.superuser) return { ...base, ok: true, detail: `${facts.role} is an ordinary role` };
  if (options.allowSuperuser)
    return {
      ...base,
      ok: true,
      detail: `${facts.role} is a superuser, allowed by allow_superuser`,
    };
  return {
    ...base,
    ok: false,
    detail: `${facts.role} is a superuser; Plumbline needs far less. Use a role of its own, or set allow_superuser: true.`,
    grant: `${NEW_ROLE} ${grants}`,
  };
}

/** Whether this session cannot write, wait for locks or run for long. */
export function readOnlySession(facts: ServerFacts): Capability {
  const { role, sessionReadOnly, sessionStatementTimeout, sessionLockTimeout } = facts;
  const limited = sessionReadOnly && sessionStatementTimeout !== "0" && sessionLockTimeout !== "0";
  return {
    id: "read_only",
    title: "Session is read-only and limited",
    needed: "required",
    ok: limited,
    detail: `default_transaction_read_only ${sessionReadOnly ? "on" : "off"}, statement_timeout ${sessionStatementTimeout}, lock_timeout ${sessionLockTimeout}`,
    ...(!limited && {
      grant: [
        "default_transaction_read_only = on",
        "statement_timeout = '3s'",
        "lock_timeout = '100ms'",
      ]
        .map((setting) => `ALTER ROLE ${quoteName(role)} SET ${setting};`)
        .join(" "),
    }),
  };
}

/** What is worth knowing about the server and our session. */
export const shownFacts = (facts: ServerFacts): Record<string, string> => ({
  role: facts.replica ? "replica" : "primary",
  user: facts.role,
  database: facts.database,
  tls: facts.tls ? "on" : "off",
});
