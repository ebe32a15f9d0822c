import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, product, signIn, test } from "./product.ts";

const SCREENS = [
  { path: "/", heading: "Overview" },
  { path: "/queries", heading: "Queries" },
  { path: "/caches", heading: "Caches" },
  { path: "/queues", heading: "Queues" },
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
      await page.goto(`${product.url}/login`);
      await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
      await expectAccessible(page);
    });

    test("every screen is accessible, fits, and raises no error", async ({ admin }) => {
      test.setTimeout(180_000);
      for (const { path, heading } of SCREENS) {
        await test.step(path, async () => {
          await admin.goto(product.url + path);
          await expect(admin.getByRole("heading", { level: 1, name: heading })).toBeVisible();
          await admin.waitForLoadState("networkidle").catch(() => {});
          await expectAccessible(admin);
          await expectFits(admin);
        });
      }
    });
  });
}

test("a screen's facts are in its first HTML, before any script", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const withScript = await browser.newContext();
  const page = await withScript.newPage();
  await signIn(page);
  await context.addCookies(await withScript.cookies());
  const plain = await context.newPage();
  await plain.goto(product.url);
  await expect(plain.getByText("payments-db").first()).toBeVisible();
  await context.close();
  await withScript.close();
});

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
  ).toEqual([]);
}

/** Nothing makes the page itself scroll sideways; tables scroll inside themselves. */
async function expectFits(page: Page): Promise<void> {
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(excess).toBeLessThanOrEqual(0);
}
