import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const cursor = {
  window: { from: new Date(1_000), to: new Date(2_000) },
  position: { value: 0.5, source: "db", key: "database:x" },
};
const encoded = (parts: unknown): string =>
  Buffer.from(JSON.stringify(parts)).toString("base64url");

test("a cursor comes back as it was", () => {
  expect(decodeCursor(encodeCursor(cursor), "float8")).toEqual(cursor);
});

test.each([
  ["no cursor at all", "x"],
  ["of another order", encoded([1, 2, "text", "db", "k"])],
  ["with a NUL character", encoded([1, 2, 0.5, "db", "k\0"])],
  ["with a time beyond the calendar", encoded([1, 9e15, 0.5, "db", "k"])],
])("what is %s is the sender's mistake", (_what, text) => {
  expect(() => decodeCursor(text, "float8")).toThrow(
    expect.objectContaining({ code: "bad_request" }),
  );
});
