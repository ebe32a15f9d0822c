import { plumbline } from "#tests/support/cli.ts";
import { expect, test } from "#tests/support/e2e.ts";

const MINUTE = 60_000;

test.afterAll(() => plumbline("drill", "stop", "slow-query"));

test("a statement made slow rises with its plan within two minutes", async ({ page }) => {
  test.setTimeout(4 * MINUTE);
  plumbline("drill", "start", "slow-query", "--for", "5m");
  await expect(async () => {
    await page.goto("/queries?range=15m");
    const top = page.getByRole("row").nth(1);
    await expect(top).toContainText("order_reference", { timeout: 2_000 });
  }).toPass({ timeout: 2 * MINUTE, intervals: [5_000] });
  await page.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(page.getByRole("tree")).toContainText("Seq Scan", { timeout: MINUTE });
  await expect(page.getByText(/plan/i).first()).toBeVisible();
});

test("statements are found by their text, and the view is in the address", async ({ page }) => {
  await page.goto("/queries");
  await page.getByRole("searchbox").fill("idempotency_keys");
  await expect(page).toHaveURL(/q=idempotency_keys/);
  const statements = page.getByRole("table").getByRole("row").filter({ hasText: "SELECT" });
  await expect(async () => {
    for (const text of await statements.allTextContents()) expect(text).toContain("idempotency");
  }).toPass();
  const address = page.url();
  await page.goto("/");
  await page.goto(address);
  await expect(page.getByRole("searchbox")).toHaveValue("idempotency_keys");
});
