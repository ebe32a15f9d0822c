import type { TableDefaults } from "#components/data/table-params.ts";

/** What the list's URL may hold; page and screen share it. */
export const queuesView: TableDefaults = {
  sort: "backlog",
  dir: "desc",
  filters: ["source", "flag"],
};

/** What a queue page's URL may hold. `tab` is a state of jobs, or another side of the queue. */
export const queueView: TableDefaults = { sort: "when", dir: "desc", filters: ["tab"] };
