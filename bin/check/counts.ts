import { readFileSync } from "node:fs";

/** How many checks of a stage passed and failed; `skipped` ones are neither, and shown. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Null when the run ended before it could report. */
export function readVitest(file: string): Counts | null {
  const report = read<{
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
    testResults: { status: string; assertionResults: unknown[] }[];
  }>(file);
  if (report === null) return null;
  // A file that could not even be loaded has no tests to fail.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Null when the run ended before it could report. */
export function readPlaywright(file: string): Counts | null {
  const report = read<{
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    errors: unknown[];
  }>(file);
  if (report === null) return null;
  const { expected, unexpected, flaky, skipped } = report.stats;
  // Passed at the second try, where one is allowed; the report above names it.
  return { passed: expected + flaky, failed: unexpected + report.errors.length, skipped };
}

function read<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return null;
  }
}
