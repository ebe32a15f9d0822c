import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "#tests/support/e2e.ts";
import { complaintsOf } from "#tests/support/complaints.ts";

const SCREENS = [
  { path: "/", heading: "Overview" },
  { path: "/queries", heading: "Queries" },
  { path: "/caches", heading: "Caches" },
  { path: "/queues", heading: "Queues" },
  { path: "/queues/payments-queues~bull%3Aemails?tab=retries", heading: "emails" },
  { path: "/queues/payments-queues~bull%3Aemails?tab=options", heading: "emails" },
  { path: "/dead-letters", heading: "Dead letters" },
  { path: "/dead-letters?tab=letters&q=state:any", heading: "Dead letters" },
  { path: "/dead-letters/redrive", heading: "Redrive" },
  { path: "/dead-letters/redrives", heading: "Redrives" },
  { path: "/audit", heading: "Audit" },
  { path: "/settings/sources", heading: "Settings" },
  { path: "/settings/users", heading: "Settings" },
  { path: "/settings/sessions", heading: "Settings" },
  { path: "/settings/tokens", heading: "Settings" },
  { path: "/settings/profile", heading: "Settings" },
  { path: "/settings/appearance", heading: "Settings" },
];

const LOOKS = [
  { look: "desktop, light", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { look: "desktop, dark", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  { look: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light" },
] as const;

for (const { look, viewport, colorScheme } of LOOKS) {
  test.describe(look, () => {
    test.use({ viewport, colorScheme });

    test("the sign-in page is accessible", async ({ page }) => {
      await page.context().clearCookies();
      await page.goto("/login");
      await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
      await expectAccessible(page);
    });

    test("every screen is accessible, fits, and raises no error", async ({ page }) => {
      test.setTimeout(240_000);
      const complaints = complaintsOf(page);
      for (const { path, heading } of SCREENS) {
        await test.step(path, async () => {
          await page.goto(path);
          await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
          await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
          await expectAccessible(page);
          await expectFits(page);
        });
      }
      expect(complaints).toEqual([]);
    });
  });
}

test("a screen's facts are in its first HTML, before any script", async ({ browser, page }) => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  await plain.addCookies(await page.context().cookies());
  const screen = await plain.newPage();
  await screen.goto("/");
  await expect(screen.getByText("payments-db").first()).toBeVisible();
  await plain.close();
});

/** Nothing makes the page itself scroll sideways; tables scroll inside themselves. */
async function expectFits(page: Page): Promise<void> {
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(excess).toBeLessThanOrEqual(0);
}
