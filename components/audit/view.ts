import type { TableDefaults } from "#components/data/table-params.ts";

/** What the audit page's URL may hold; page and screen share it. */
export const auditView: TableDefaults = {
  sort: "seq",
  dir: "desc",
  filters: ["actor", "action", "phase", "outcome", "source", "run", "seq"],
};
