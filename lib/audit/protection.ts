import pg from "pg";
import type { Sql } from "#lib/db/sql.ts";

/** What keeps the application's own database role from changing the log. The hash chain guards against everybody else. */
export interface AuditProtection {
  level: "insert_only_role" | "triggers_only" | "none";
  message: string;
}

interface Facts {
  role: string;
  superuser: boolean;
  owns: boolean;
  may_change: boolean;
  triggers: boolean;
}

const FACTS = `SELECT current_user::text AS role,
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
  pg_has_role(current_user, c.relowner, 'USAGE') AS owns,
  has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE') AS may_change,
  (SELECT count(*) = 2 FROM pg_trigger WHERE tgrelid = c.oid AND tgname IN ('audit_no_change', 'audit_no_truncate') AND tgenabled <> 'D') AS triggers
  FROM pg_class c WHERE c.oid = 'audit_event'::regclass`;

export async function auditProtection(tx: Sql): Promise<AuditProtection> {
  const { rows } = await tx.query<Facts>(FACTS);
  const facts = rows[0] as Facts;
  if (!facts.triggers)
    return { level: "none", message: "The triggers that refuse changes are switched off or gone." };
  if (!facts.superuser && !facts.owns && !facts.may_change) {
    return {
      level: "insert_only_role",
      message: `${facts.role} may only read and add audit events.`,
    };
  }
  const why = facts.superuser ? "is a superuser" : "owns the table";
  const remedy = facts.superuser
    ? "Let Plumbline use an ordinary role."
    : `Run this once as a superuser: ${handOver(facts.role)}`;
  return {
    level: "triggers_only",
    message: `${facts.role} ${why}, so only triggers and the hash chain protect the log. ${remedy}`,
  };
}

/** What the migration audit_owner does where it may; works at any time later. */
export function handOver(role: string): string {
  return [
    "CREATE ROLE plumbline_audit NOLOGIN;",
    "ALTER TABLE audit_event OWNER TO plumbline_audit;",
    "ALTER FUNCTION audit_is_append_only() OWNER TO plumbline_audit;",
    `GRANT SELECT, INSERT ON audit_event TO ${pg.escapeIdentifier(role)};`,
  ].join(" ");
}
