import { describe, expect, it } from "vitest";
import { notPossible } from "./possible.ts";

const payload = { text: "{}", masked: false, bytes: 2, note: null };
const may = { readOnlyBecause: null, noRetryBecause: null };
const letter = { state: "dead", ...may, parent: null, payload, revealed: true } as const;

describe("notPossible", () => {
  it("allows everything but restoring on a dead letter whose values are shown", () => {
    for (const act of ["retry", "edit", "move", "discard"] as const)
      expect(notPossible(act, letter)).toBeNull();
    expect(notPossible("restore", letter)).toMatch(/it is dead/);
  });

  it("offers a move where the job is gone, and says so at the retry", () => {
    const gone = { ...letter, state: "gone" } as const;
    expect(notPossible("move", gone)).toBeNull();
    expect(notPossible("retry", gone)).toMatch(/Move a copy/);
  });

  it("keeps decisions possible on a queue that may only be read", () => {
    const because = "Bull is only read.";
    const readOnly = { ...letter, readOnlyBecause: because, noRetryBecause: because };
    expect(notPossible("retry", readOnly)).toBe(because);
    expect(notPossible("discard", readOnly)).toBeNull();
  });

  it("retries where nothing else may be changed", () => {
    const onPostgres = { ...letter, readOnlyBecause: "It is on PostgreSQL." };
    expect(notPossible("retry", onPostgres)).toBeNull();
    expect(notPossible("move", onPostgres)).toBe("It is on PostgreSQL.");
  });

  it("moves no child away from a parent that may wait for it", () => {
    const child = { ...letter, parent: { queue: "bull:orders", job: "order-1" } };
    expect(notPossible("move", child)).toMatch(/child of job order-1/);
    expect(notPossible("retry", child)).toBeNull();
    expect(notPossible("move", { ...child, state: "gone" })).toBeNull();
  });

  it("edits only what is shown whole", () => {
    expect(notPossible("edit", { ...letter, revealed: false })).toMatch(/Show the values/);
    const cut = { ...payload, note: "Only the first 512 kB are shown." };
    expect(notPossible("edit", { ...letter, payload: cut })).toMatch(/first 512 kB/);
    const none = { ...payload, text: null, note: "It was too large." };
    expect(notPossible("move", { ...letter, payload: none })).toMatch(/not kept here/);
  });

  it("offers nothing but a look on what is settled", () => {
    for (const state of ["retried", "moved", "superseded", "lost", "claimed"] as const)
      for (const act of ["retry", "edit", "move", "discard", "restore"] as const)
        expect(notPossible(act, { ...letter, state })).not.toBeNull();
  });
});
