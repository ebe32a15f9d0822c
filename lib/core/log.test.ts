import { describe, expect, test } from "vitest";
import { describeError } from "./log.ts";

describe("what is logged of an error", () => {
  test("its kind, code, message and where it came from", () => {
    const error = Object.assign(new TypeError("no such thing"), { code: "E1" });
    expect(describeError(error)).toMatchObject({
      type: "TypeError",
      code: "E1",
      message: "no such thing",
    });
    expect(describeError(error).stack).toContain("log.test.ts");
  });

  test("nothing that drivers hang on it, and nothing of its cause", () => {
    const cause = new Error("password=hunter22");
    const error = Object.assign(new Error("failed", { cause }), {
      detail: "Key (email)=(ada@example.com) already exists.",
      command: { args: ["hunter22"] },
    });
    expect(JSON.stringify(describeError(error))).not.toMatch(/hunter22|ada@example/);
  });

  test("a message without personal data or secrets", () => {
    const error = new Error("cannot reach postgres://app:hunter22@db for ada@example.com");
    expect(JSON.stringify(describeError(error))).not.toMatch(/hunter22|ada@/);
  });

  test("anything else that was thrown, as text", () => {
    expect(describeError("gone")).toEqual({ message: "gone" });
    expect(describeError(undefined)).toEqual({ message: "undefined" });
  });
});
