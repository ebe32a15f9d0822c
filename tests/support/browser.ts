import { existsSync } from "node:fs";
import { chromium, type LaunchOptions } from "@playwright/test";

const SYSTEM_CHROMIUM = "/usr/bin/chromium";

/** What lets a Chromium work as root and without a way out to the network. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser to test with: the one named in PLAYWRIGHT_CHROMIUM_PATH, Playwright's own, else the system's. */
export function browserOptions(): LaunchOptions {
  const named = process.env["PLAYWRIGHT_CHROMIUM_PATH"];
  if (named) return { executablePath: named, args: ARGS };
  if (existsSync(chromium.executablePath())) return { args: ARGS };
  return { executablePath: SYSTEM_CHROMIUM, args: ARGS };
}
