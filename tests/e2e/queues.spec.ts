import type { Page } from "@playwright/test";
import { plumbline } from "#tests/support/cli.ts";
import { expect, test } from "#tests/support/e2e.ts";

const EMAILS = "payments-queues~bull:emails";
const MINUTE = 60_000;

interface FailedJob {
  id: string;
  finishedAt: string;
  failedReason: string;
}

test.afterAll(() => plumbline("drill", "stop", "email-provider-down"));

test("a failing e-mail job is retried from the browser and then succeeds", async ({ page }) => {
  test.setTimeout(4 * MINUTE);
  const job = await failedWhileProviderIsDown(page);
  plumbline("drill", "stop", "email-provider-down");
  await openJob(page, job.id);
  await expect(page.getByText(/failed/i).first()).toBeVisible();
  await page.getByRole("button", { name: "Retry job" }).click();
  const dialog = page.getByRole("dialog", { name: "Retry job" });
  await dialog.getByLabel("Reason").fill("The provider is up again");
  await dialog.getByRole("button", { name: "Retry job" }).dblclick();
  await expect(dialog.getByText("Done.")).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole("link", { name: /audit/i }).click();
  await expect(page.getByRole("row").filter({ hasText: "queues.retry" })).toHaveCount(2);
  await expect(async () => {
    await openJob(page, job.id);
    await expect(page.getByText(/^completed$/i).first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
});

test("the same retry sent ten times at once has one effect", async ({ page }) => {
  test.setTimeout(4 * MINUTE);
  const job = await failedWhileProviderIsDown(page);
  await page.goto("/");
  const statuses = await page.evaluate(async (id) => {
    const key = crypto.randomUUID();
    const send = (): Promise<Response> =>
      fetch("/api/v1/actions/queues.retry", {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({
          source: "payments-queues",
          input: { queue: "bull:emails", job: id },
          reason: "Ten clicks at once",
        }),
      });
    return (await Promise.all(Array.from({ length: 10 }, send))).map(({ status }) => status);
  }, job.id);
  expect(statuses.filter((status) => ![200, 202, 409].includes(status))).toEqual([]);
  await expect(async () => {
    const answer = await page.request.get("/api/v1/audit?action=queues.retry&q=" + job.id);
    const { rows } = (await answer.json()) as { rows: { phase: string }[] };
    expect(rows.map(({ phase }) => phase).toSorted()).toEqual(["intent", "outcome"]);
  }).toPass({ timeout: 20_000 });
});

test("payload values are masked until they are asked for, with a reason", async ({ page }) => {
  test.setTimeout(3 * MINUTE);
  let job: FailedJob | undefined;
  // Some addresses are wrong at all times.
  await expect(async () => {
    [job] = (await failedJobs(page)).rows;
    expect(job).toBeDefined();
  }).toPass({ timeout: 2 * MINUTE, intervals: [2_000] });
  await openJob(page, job?.id ?? "");
  await expect(page.getByText("•••").first()).toBeVisible();
  expect(await page.content()).not.toMatch(/@[a-z]+\.(example|test)/);
  await page.getByRole("button", { name: "Show values" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("A customer asks about this message");
  await dialog.getByRole("button", { name: "Show values" }).click();
  // The page may learn of it before the dialog does, and then needs the dialog no more.
  await expect(async () => {
    if (await dialog.isVisible()) await page.keyboard.press("Escape");
    await expect(page.getByText("shown to you for five minutes")).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(page.getByText(/@/).first()).toBeVisible();
});

async function openJob(page: Page, id: string): Promise<void> {
  await page.goto(`/queues/${encodeURIComponent(EMAILS)}/job?id=${encodeURIComponent(id)}`);
}

async function failedJobs(page: Page): Promise<{ rows: FailedJob[] }> {
  const answer = await page.request.get(
    "/api/v1/signals/queues/live/jobs?source=payments-queues&queue=bull:emails&state=failed",
  );
  return ((await answer.json()) as { data: { rows: FailedJob[] } }).data;
}

/** Takes the provider down and waits for a job that used up its attempts because of it. */
async function failedWhileProviderIsDown(page: Page): Promise<FailedJob> {
  const since = new Date().toISOString();
  plumbline("drill", "start", "email-provider-down", "--for", "5m");
  let job: FailedJob | undefined;
  await expect(async () => {
    const { rows } = await failedJobs(page);
    job = rows.find((row) => row.finishedAt > since && !/mailbox unknown/.test(row.failedReason));
    expect(job).toBeDefined();
  }).toPass({ timeout: 2 * MINUTE, intervals: [2_000] });
  return job as FailedJob;
}
