import type { Page } from "@playwright/test";
import { expect, test } from "#tests/support/e2e.ts";
import { scrape } from "#tests/support/scrape.ts";
import { type Part, suspend } from "#tests/support/suspend.ts";

const MINUTE = 60_000;
const METRICS_LIMIT_MS = 1_000;

interface Overview {
  data: { sources: { name: string; freshness: string }[] };
}

let resume: (() => void) | undefined;
test.afterEach(() => resume?.());

const hang = (part: Part): void => {
  resume = suspend(part);
};

async function freshness(page: Page): Promise<Record<string, string>> {
  const answer = await page.request.get("/api/v1/overview");
  const { data } = (await answer.json()) as Overview;
  return Object.fromEntries(data.sources.map((source) => [source.name, source.freshness]));
}

const until = (page: Page, expected: Record<string, string>): Promise<void> =>
  expect(async () => expect(await freshness(page)).toMatchObject(expected)).toPass({
    timeout: 1.5 * MINUTE,
    intervals: [1_000],
  });

test.beforeEach(({ page }) =>
  until(page, { "payments-db": "fresh", "payments-cache": "fresh", "payments-queues": "fresh" }),
);

test("a hung Postgres blinds its own panels only, delays nobody, and comes back alone", async ({
  page,
}) => {
  test.setTimeout(5 * MINUTE);
  hang("sandbox/postgres");
  await until(page, { "payments-db": "blind", "payments-queues": "fresh" });
  await page.goto("/queries");
  await expect(page.getByText(/blind/i).first()).toBeVisible();
  await page.goto("/queues");
  await expect(page.getByText(/blind/i)).toHaveCount(0);
  const up = 'plumbline_source_up{source="payments-db",kind="postgres"}';
  await expect.poll(() => metric(up), { timeout: MINUTE / 4 }).toBe(0);
  expect(await metric('plumbline_source_up{source="payments-queues",kind="bullmq"}')).toBe(1);
  resume?.();
  await until(page, { "payments-db": "fresh" });
});

test("a hung Redis blinds caches and queues only, and comes back alone", async ({ page }) => {
  test.setTimeout(5 * MINUTE);
  hang("sandbox/redis");
  await until(page, {
    "payments-db": "fresh",
    "payments-queues": "blind",
    "payments-cache": "blind",
  });
  await page.goto("/queues");
  await expect(page.getByText(/blind/i).first()).toBeVisible();
  resume?.();
  await until(page, { "payments-queues": "fresh", "payments-cache": "fresh" });
});

test("with our own Redis down reads go on, and an action waits instead of being lost", async ({
  page,
}) => {
  test.setTimeout(5 * MINUTE);
  await page.goto("/");
  hang("redis");
  await page.goto("/queues");
  await expect(page.getByRole("link", { name: "emails" })).toBeVisible();
  const sent = await page.evaluate(async () => {
    const answer = await fetch("/api/v1/actions/queues.pause", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify({
        source: "payments-queues",
        input: { queue: "bull:webhooks" },
        reason: "Asked for while our Redis was down",
      }),
    });
    return { status: answer.status, body: (await answer.json()) as { id: string; state: string } };
  });
  expect(sent).toMatchObject({ status: 202, body: { state: "queued" } });
  resume?.();
  await expect(async () => {
    const run = await page.request.get(`/api/v1/actions/${sent.body.id}`);
    expect(await run.json()).toMatchObject({ state: "succeeded" });
  }).toPass({ timeout: MINUTE });
});

test("with our own Postgres down there is a plain page, no action is accepted, and it recovers alone", async ({
  page,
}) => {
  test.setTimeout(5 * MINUTE);
  await page.goto("/");
  hang("postgres");
  const read = await page.request.get("/api/v1/overview", { timeout: MINUTE });
  expect(read.status()).toBe(503);
  expect(await read.json()).toMatchObject({ code: "unavailable" });
  const screen = await page.goto("/queues", { timeout: MINUTE });
  expect(screen?.status()).toBe(503);
  await expect(page.getByText(/database/i).first()).toBeVisible();
  const started = Date.now();
  await scrape();
  expect(Date.now() - started).toBeLessThan(METRICS_LIMIT_MS);
  resume?.();
  await expect(async () => {
    expect((await page.request.get("/api/v1/overview")).status()).toBe(200);
  }).toPass({ timeout: MINUTE });
});

/** One value of the worker's metrics; null when it is not there. */
async function metric(series: string): Promise<number | null> {
  const line = (await scrape()).split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.split(" ").at(-1));
}
