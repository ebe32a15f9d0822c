import { appendAudit } from "#lib/audit/append.ts";
import type { Json } from "#lib/core/json.ts";
import { type Sql, transaction } from "#lib/db/sql.ts";
import { systemActor } from "./actor.ts";

export interface SystemChange {
  /** The action that does the same in the console: `users.disable`. */
  action: string;
  target: string;
  before: Json;
  after: Json;
}

/** Does something to accounts from the command line, in one transaction with its audit event. */
export function bySystem<T>(
  work: (tx: Sql) => Promise<{ result: T; change: SystemChange }>,
): Promise<T> {
  const { id, login } = systemActor("command line");
  return transaction(async (tx) => {
    const { result, change } = await work(tx);
    await appendAudit(tx, {
      ...change,
      actorId: id,
      actorLogin: login,
      phase: "event",
      outcome: "succeeded",
    });
    return result;
  });
}
