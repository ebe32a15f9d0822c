import type { Outcome } from "./run-stage.ts";

/** The table at the end, and its last line, which CI reads: `N passed, N failed`. */
export function summary(stages: readonly { name: string }[], outcomes: readonly Outcome[]): string {
  const rows = stages.map(({ name }) =>
    row(
      name,
      outcomes.find((outcome) => outcome.name === name),
    ),
  );
  const extra = outcomes.filter(({ name }) => !stages.some((stage) => stage.name === name));
  const total = (key: "passed" | "failed") =>
    outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
  const lines = [...extra.map((outcome) => row(outcome.name, outcome)), ...rows];
  return ["", "Summary", ...lines, "", `${total("passed")} passed, ${total("failed")} failed`].join(
    "\n",
  );
}

function row(name: string, outcome: Outcome | undefined): string {
  const label = name.padEnd(24);
  if (!outcome) return `  - ${label} not run`;
  const { passed, failed, skipped, seconds } = outcome;
  const counts = [
    `${passed} passed`,
    failed && `${failed} failed`,
    skipped && `${skipped} skipped`,
  ];
  return `  ${failed > 0 ? "✗" : "✓"} ${label} ${counts.filter(Boolean).join(", ").padEnd(32)} ${seconds.toFixed(1)} s`;
}
