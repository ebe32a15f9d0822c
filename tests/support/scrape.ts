import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The worker's metrics of the product under test, at the address that the product chose. */
export async function scrape(): Promise<string> {
  const file = join(process.env["E2E_HOME"] ?? "", "environment.json");
  const { METRICS_PORT } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  return (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
}
