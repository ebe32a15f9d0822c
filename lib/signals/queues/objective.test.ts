import { expect, test } from "vitest";
import { objectiveSeconds } from "./objective.ts";

const labels = { slo_wait: "5m", slo_wait_card_payouts: "30s", slo_wait_mails: "soon" };

test.each([
  ["a queue's own objective", labels, "card-payouts", 30],
  ["that of its source", labels, "reports", 300],
  ["a minute when nobody set one", {}, "reports", 60],
  ["a minute when it is no duration", labels, "mails", 60],
])("%s", (_what, given, queue, seconds) => {
  expect(objectiveSeconds(given, queue)).toBe(seconds);
});
