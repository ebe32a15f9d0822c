import { expect, test } from "vitest";
import { poisonWords } from "./poison.ts";

test("poison names the evidence it was found by, and nothing else", () => {
  expect(poisonWords({ poison: false, stalls: null, retries: 5 })).toBeNull();
  const killer = poisonWords({ poison: true, stalls: 2, retries: 0 });
  expect(killer?.seen).toBe("It seems to kill its workers: it lost them 2×.");
  const hopeless = poisonWords({ poison: true, stalls: null, retries: 2 });
  expect(hopeless?.seen).toContain("failed in the same way");
  expect(JSON.stringify(hopeless)).not.toContain("worker");
});
