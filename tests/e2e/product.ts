import { execFileSync } from "node:child_process";
import { test as base, type Page } from "@playwright/test";

const given = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run through playwright.config.ts`);
  return value;
};

/** The running product that start-product.ts started. */
export const product = {
  get url(): string {
    return given("E2E_URL");
  },
  get home(): string {
    return given("E2E_HOME");
  },
  get password(): string {
    return given("E2E_PASSWORD");
  },
};

/** Runs the product's command line beside it; returns what it prints. */
export function plumbline(...args: string[]): string {
  return execFileSync("node", ["bin/plumbline.js", ...args], {
    encoding: "utf8",
    env: { ...process.env, PLUMBLINE_HOME: product.home },
  });
}

export async function signIn(
  page: Page,
  login = "admin",
  password = product.password,
): Promise<void> {
  await page.goto(`${product.url}/login`);
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}

interface Fixtures {
  /** A page that is signed in as the administrator; fails the test on script errors and CSP violations. */
  admin: Page;
}

export const test = base.extend<Fixtures>({
  admin: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && /Content Security Policy|hydrat/i.test(message.text()))
        complaints.push(message.text());
    });
    await signIn(page);
    await use(page);
    test.expect(complaints).toEqual([]);
  },
});

export const { expect } = test;
