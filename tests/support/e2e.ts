import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";

interface WorkerFixtures {
  /** The cookies of a signed-in administrator. */
  adminCookies: Awaited<ReturnType<ReturnType<Page["context"]>["cookies"]>>;
}

interface TestFixtures {
  /** A page of somebody who is not signed in. */
  visitor: Page;
}

/** `page` is signed in as the first administrator. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  visitor: async ({ browser }, use) => {
    const context = await browser.newContext({ baseURL: baseUrl() });
    await use(await context.newPage());
    await context.close();
  },
  adminCookies: [
    async ({ browser }, use) => {
      const context = await browser.newContext({ baseURL: baseUrl() });
      await signIn(await context.newPage());
      await use(await context.cookies());
      await context.close();
    },
    { scope: "worker" },
  ],
  context: async ({ context, adminCookies }, use) => {
    await context.addCookies(adminCookies);
    await use(context);
  },
});

export { expect };

const baseUrl = (): string => `http://localhost:${process.env["E2E_PORT"]}`;

/** The account that the first start made. */
export function admin(): { login: string; password: string } {
  return { login: process.env["E2E_LOGIN"] ?? "", password: process.env["E2E_PASSWORD"] ?? "" };
}

/** Through the form, as a person does. */
export async function signIn(page: Page, { login, password } = admin()): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** No breach of WCAG 2.2 AA that axe can find on the page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join("; ")}`,
  );
  expect(found).toEqual([]);
}
