import { describe, expect, it } from "vitest";
import { runDoctor, showReports, type SourceReport } from "./doctor.ts";

const report: SourceReport = {
  name: "payments-db",
  kind: "postgres",
  ok: false,
  failure: null,
  serverVersion: "18.4",
  facts: { role: "primary", user: "plumbline" },
  capabilities: [
    { id: "a", title: "Reads", ok: true, detail: "fine", grant: "never shown", needed: "required" },
    {
      id: "b",
      title: "Writes",
      ok: false,
      detail: "no right",
      grant: "GRANT x;",
      needed: "required",
    },
    { id: "c", title: "Times", ok: false, detail: "off", needed: "recommended" },
    { id: "d", title: "Acts", ok: null, detail: "old server", needed: "recommended" },
  ],
};

describe("the doctor's text", () => {
  it("answers per capability and says how to turn a no into a yes", () => {
    expect(showReports([report])).toBe(
      [
        "payments-db  postgres  18.4  (role primary, user plumbline)",
        "  yes      Reads: fine",
        "  no       Writes (required): no right",
        "           GRANT x;",
        "  no       Times (recommended): off",
        "  unknown  Acts: old server",
        "  Not ready: 1 required missing, 1 recommended missing.",
      ].join("\n"),
    );
  });

  it("says that nothing is configured", () => {
    expect(showReports([])).toBe("No sources are configured.");
  });
});

describe("a source nobody can reach", () => {
  it("is reported with its reason and without its password", async () => {
    const url = "postgres://plumbline:CANARY@127.0.0.1:1/payments";
    const options = { allowSuperuser: false };
    const found = await runDoctor([
      { name: "db", kind: "postgres", url, labels: {}, intervalMs: 60_000, options },
    ]);
    expect(found).toMatchObject([{ name: "db", ok: false, failure: { reason: "refused" } }]);
    expect(JSON.stringify(found) + showReports(found)).not.toContain("CANARY");
  });
});
