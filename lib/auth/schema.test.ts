import { expect, test } from "vitest";
import { localPathSchema } from "./schema.ts";

const HERE = "https://plumbline.example";

test.each(["/", "/queues?state=failed#jobs", "/caches/a%09b", "/.//x"])(
  "%j is a path of this site",
  (path) => {
    expect(localPathSchema.parse(path)).toBe(path);
  },
);

test.each([
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n\\evil.example",
  "/\r/evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "",
  ["/a", "/b"],
])("%j leads to the first page instead of elsewhere", (path) => {
  const next = localPathSchema.parse(path);
  expect(next).toBe("/");
  expect(new URL(next, HERE).origin).toBe(HERE);
});
