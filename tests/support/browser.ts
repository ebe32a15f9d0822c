import { existsSync } from "node:fs";
import { chromium, type LaunchOptions } from "@playwright/test";
import { canInstall, findProgram, installPackages } from "#lib/embedded/system-packages.ts";

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

/** The browser to test with: the one named in PLAYWRIGHT_CHROMIUM_PATH, Playwright's own, the system's, or one installed now. */
export function browserOptions(): LaunchOptions {
  const named = process.env["PLAYWRIGHT_CHROMIUM_PATH"];
  if (named) return { executablePath: named, args: ARGS };
  if (existsSync(chromium.executablePath())) return { args: ARGS };
  return { executablePath: systemChromium() ?? installedChromium(), args: ARGS };
}

const systemChromium = () => findProgram("chromium", "chromium-browser", "google-chrome");

function installedChromium(): string {
  if (canInstall()) {
    console.log("Installing chromium with apt-get …");
    if (installPackages("chromium")) return systemChromium() ?? missing();
  }
  return missing();
}

function missing(): never {
  throw new Error(
    "There is no Chromium: install the package chromium, or set PLAYWRIGHT_CHROMIUM_PATH.",
  );
}
