import type { Page } from "@playwright/test";

/** Collects what the browser complains of: uncaught errors, violations of the CSP, pages that differ from their HTML. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const grave = /Content Security Policy|hydrat/i.test(message.text());
    if (message.type() === "error" && grave) complaints.push(message.text());
  });
  return complaints;
}
