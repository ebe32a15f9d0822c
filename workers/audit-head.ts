import { exportHead } from "#lib/audit/anchor.ts";
import { log } from "#lib/core/log.ts";
import { MINUTE } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { type Loop, startLoop } from "./loop.ts";

/**
 * Writes the audit chain's head to a file of this host and to the log, once a minute while it moves. Every worker does:
 * the more places remember it, the harder it is to cut the log short unnoticed.
 */
export function startAuditHead(): Loop {
  return startLoop("audit-head", MINUTE, async () => {
    const head = await exportHead(sql);
    if (head) log.info({ seq: String(head.seq), hash: head.hash }, "audit head");
  });
}
