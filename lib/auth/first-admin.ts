import { transaction } from "#lib/db/sql.ts";
import { auditAuth } from "./audit.ts";
import { createUser } from "./users.ts";

/** Creates `admin` when there is no account yet. The password is only in the answer: print it once. Null when accounts exist. */
export function ensureFirstAdmin(): Promise<{ login: string; password: string } | null> {
  return transaction(async (tx) => {
    // Two processes that start together must not both find an empty table.
    await tx.query("SELECT pg_advisory_xact_lock(hashtext('plumbline.first-admin'))");
    const { rows } = await tx.query("SELECT 1 FROM user_account LIMIT 1");
    if (rows.length > 0) return null;
    const login = "admin";
    const { id, password } = await createUser(tx, {
      login,
      name: "First administrator",
      roles: ["admin"],
    });
    await auditAuth(tx, { action: "auth.first_admin", account: { id, login }, requestId: null });
    return { login, password };
  });
}
