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
    await db.query(`CREATE INDEX IF NOT EXISTS ${INDEX} ON payments (order_reference)`);
  },
};
