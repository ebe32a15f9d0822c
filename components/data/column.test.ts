import { expect, it } from "vitest";
import { visibleIds, type Column } from "./column.ts";

const column = (id: string, more: Partial<Column<unknown>> = {}): Column<unknown> => ({
  id,
  header: id,
  cell: () => id,
  ...more,
});
const columns = [
  column("name", { hideable: false }),
  column("calls"),
  column("temp", { initiallyHidden: true }),
];

it("shows the columns' own choice, then the link's", () => {
  expect([...visibleIds(columns, null)]).toEqual(["name", "calls"]);
  expect([...visibleIds(columns, ["temp", "gone"])]).toEqual(["name", "temp"]);
});
