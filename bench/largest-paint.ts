import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type BrowserContext, type Page } from "@playwright/test";
import { quantile } from "#lib/core/stats.ts";
import { browserOptions } from "#tests/support/browser.ts";
import { attach, SCREENS } from "./running.ts";
import { report } from "./report.ts";

// Largest contentful paint on a slow computer (a quarter of the speed) and network, beside a page of one sentence.

const VISITS = 5;
const GOAL_MS = 2_500;
const SLOW_CPU = 4;
/** Lighthouse's "slow 4G". */
const SLOW_NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 204_800,
  uploadThroughput: 96_000,
};

const running = await attach();
const plain = createServer((_request, response) => {
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><title>plain</title><p>One sentence, nothing else.</p>");
});
await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch(browserOptions());
const floor = await visits(`http://127.0.0.1:${(plain.address() as AddressInfo).port}/`);
for (const screen of SCREENS) {
  const value = quantile(await visits(running.url + screen), 0.75) ?? Number.NaN;
  const beside = { what: "a page of one sentence", value: quantile(floor, 0.75) ?? Number.NaN };
  report({ figure: `lcp.${screen}.p75`, value, unit: "ms", beside, goal: GOAL_MS });
}
await browser.close();
plain.close();
await running.close();

async function visits(url: string): Promise<number[]> {
  const values: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext();
    values.push(await largestPaint(context, url));
    await context.close();
  }
  return values;
}

/** Milliseconds to the largest paint of a first visit: nothing cached. */
async function largestPaint(context: BrowserContext, url: string): Promise<number> {
  const [name = "", value = ""] = running.cookie.split("=");
  await context.addCookies([{ name, value, url: running.url }]);
  const page = await context.newPage();
  await slowDown(context, page);
  await page.goto(url, { waitUntil: "load" });
  await page.waitForTimeout(1_500);
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) =>
          resolve(list.getEntries().at(-1)?.startTime ?? 0),
        ).observe({
          type: "largest-contentful-paint",
          buffered: true,
        });
      }),
  );
}

async function slowDown(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", SLOW_NETWORK);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOW_CPU });
}
