import type { Drill } from "./drill.ts";

const INDEX = "payments_order_reference_idx";

export const slowQuery: Drill = {
  name: "slow-query",
  title: "The index behind the order look-up is dropped",
  look: "Queries: the look-up of payments by order_reference rises to the top within two minutes, and its plan turns from an index scan into a scan of the whole table.",
  lasts: "10m",
  async start({ db }) {
    await db.query(`DROP INDEX IF EXISTS ${INDEX}`);
  },
  async stop({ db }) {
    // A build that was interrupted leaves an index that is never used.
    const { rows } = await db.query<{ valid: boolean }>(
      "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)",
      [INDEX],
    );
    if (rows[0]?.valid === false) await db.query(`DROP INDEX ${INDEX}`);
    if (!rows[0]?.valid) await db.query(`CREATE INDEX ${INDEX} ON payments (order_reference)`);
  },
};
