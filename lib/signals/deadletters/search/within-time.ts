import { type Sql, transaction } from "#lib/db/sql.ts";

/** Runs statements that may take so long each; null when one was cut off. */
export async function withinTime<T>(ms: number, ask: (tx: Sql) => Promise<T>): Promise<T | null> {
  try {
    return await transaction(async (tx) => {
      // Compiling a statement costs more than such a short one can save.
      await tx.query(
        "SELECT set_config('statement_timeout', $1, true), set_config('jit', 'off', true)",
        [String(ms)],
      );
      return ask(tx);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === QUERY_CANCELED) return null;
    throw error;
  }
}

const QUERY_CANCELED = "57014";
