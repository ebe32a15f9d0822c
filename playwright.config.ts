import { defineConfig } from "@playwright/test";
import { browserOptions } from "./tests/support/browser.ts";

// Below the ephemeral range; Playwright's workers inherit it.
process.env["E2E_PORT"] ??= String(20_000 + Math.floor(Math.random() * 9_000));

export default defineConfig({
  testDir: "tests/e2e",
  globalSetup: "./tests/support/e2e-product.ts",
  // One product, one sandbox: tests that stop its servers must not meet others.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  // On a shared machine a second try tells a hiccup, which is reported as flaky, from a fault.
  retries: process.env["CI"] ? 1 : 0,
  reporter: [["list"]],
  use: {
    baseURL: `http://localhost:${process.env["E2E_PORT"]}`,
    launchOptions: browserOptions(),
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
