import { describe, expect, it } from "vitest";
import { toProblem } from "./problem.ts";

const refusal = {
  type: "about:blank",
  status: 403,
  code: "forbidden",
  title: "Not allowed",
  remedy: "Ask an administrator.",
};

describe("toProblem", () => {
  it("finds the problem in what the client throws", () => {
    expect(toProblem(Object.assign(new Error("Not allowed"), { problem: refusal }))).toMatchObject({
      status: 403,
      code: "forbidden",
      remedy: "Ask an administrator.",
    });
    expect(toProblem(refusal)).toMatchObject({ code: "forbidden" });
  });
  it.each([null, undefined, "text", new Error("secret internals"), { code: 5, title: "x" }])(
    "shows nothing of what it does not know: %j",
    (thrown) => {
      const problem = toProblem(thrown);
      expect(problem.code).toBe("unexpected");
      expect(JSON.stringify(problem)).not.toContain("secret");
    },
  );
});
