import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { newUser } from "#tests/support/cli.ts";
import { expect, signIn, test } from "#tests/support/e2e.ts";
import { scrape } from "#tests/support/scrape.ts";

// The sandbox's payloads and statements are full of e-mail addresses and card numbers, as real ones are.
const EMAIL = /[\w.+'-]+@[\w-]+(?:\.[\w-]+)+/g;
const CARD = /(?<![\d.])(?:4\d{15}|5[1-5]\d{14}|(?:4\d{3}|5[1-5]\d{2})(?:[ -]\d{4}){3})(?!\d)/g;

const found = (text: string): string[] => [
  ...(text.match(EMAIL) ?? []),
  ...(text.match(CARD) ?? []),
];

test.beforeEach(async ({ page }) => {
  await page.context().clearCookies();
  await signIn(page, newUser("viewer"));
});

test("no answer to a viewer carries an e-mail address or a card number", async ({ page }) => {
  test.setTimeout(180_000);
  const paths = await everythingAViewerCanRead(page.request);
  let read = 0;
  for (const path of paths) {
    const answer = await page.request.get(path);
    // A queue that another test made may be gone by now.
    expect([200, 404], path).toContain(answer.status());
    if (answer.status() === 200) read += 1;
    expect(found(await answer.text()), path).toEqual([]);
  }
  expect(read).toBeGreaterThan(40);
});

test("neither do the logs", () => {
  const logs = join(process.env["E2E_HOME"] ?? "", "logs");
  for (const file of readdirSync(logs).filter((name) => /^(web|worker)/.test(name))) {
    expect(found(readFileSync(join(logs, file), "utf8")), file).toEqual([]);
  }
});

test("neither do the metrics, which are clean for Prometheus and few", async () => {
  const text = await scrape();
  expect(found(text)).toEqual([]);
  expect(execFileSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" })).toBe(
    "",
  );
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(series.length).toBeLessThan(2_000);
  for (const name of ["plumbline_source_up", "bullmq_job_count", "plumbline_cache_hit_ratio"]) {
    expect(text).toContain(`\n${name}{`);
  }
});

const SIGNALS = [
  ["queries", "/queries"],
  ["caches", "/caches"],
  ["queues", "/queues"],
  ["deadletters", "/dead-letters"],
] as const;

/** Lists, the things in them, their charts, and live looks at failed jobs: as JSON and as pages. */
async function everythingAViewerCanRead(request: APIRequestContext): Promise<string[]> {
  const paths = [
    "/",
    "/settings/sources",
    "/api/v1/overview",
    ...SIGNALS.map(([, screen]) => screen),
  ];
  paths.push("/dead-letters?tab=letters&q=state:any", "/api/v1/signals/deadletters/reads/groups");
  for (const [signal, screen] of SIGNALS) {
    const base = `/api/v1/signals/${signal}`;
    const ids = await idsOf(request, base);
    paths.push(base, `${base}?format=csv`);
    for (const id of ids.slice(0, 20)) {
      paths.push(`${base}/${encodeURIComponent(id)}`, `${screen}/${encodeURIComponent(id)}`);
    }
  }
  return [...paths, ...(await failedJobPaths(request))];
}

async function idsOf(request: APIRequestContext, path: string): Promise<string[]> {
  const answer = (await (await request.get(path)).json()) as { data: { rows: { id: string }[] } };
  return answer.data.rows.map(({ id }) => id);
}

async function failedJobPaths(request: APIRequestContext): Promise<string[]> {
  const live = "/api/v1/signals/queues/live";
  const of = "source=payments-queues&queue=bull:emails";
  const ids = await idsOf(request, `${live}/jobs?${of}&state=failed`);
  const jobs = ids.slice(0, 10).map((id) => `${live}/job?${of}&job=${encodeURIComponent(id)}`);
  return [`${live}/jobs?${of}&state=failed`, `${live}/jobs?${of}&state=completed`, ...jobs];
}
