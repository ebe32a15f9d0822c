import type { Page } from "@playwright/test";
import { complaintsOf } from "#tests/support/complaints.ts";
import { type OwnQueue, ownQueue } from "#tests/support/e2e-queue.ts";
import { expect, expectAccessible, signIn, test } from "#tests/support/e2e.ts";

/** Another one each time: letters outlive their queue. */
const QUEUE = `e2e-letters-${Date.now() % 100_000}`;
const SEARCH = `queue:${QUEUE}`;
const LETTERS = `/dead-letters?tab=letters&q=${SEARCH}`;
const JOBS = 10;
/** As an application might throw it: nothing of it may run, and nothing may leak. */
const ERROR = `Cannot reach <img src=x onerror=alert(1)> for ann@example.test ${"x".repeat(5_000)}`;

let own: OwnQueue;

test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  own = await ownQueue(QUEUE);
  own.failWith = ERROR;
  await own.queue.addBulk(
    Array.from({ length: JOBS }, (_, at) => ({ name: "send", data: { order: { id: at } } })),
  );
});
test.afterAll(() => own.close());

test("a failure is found, understood and retried without a pointer", async ({ page }) => {
  test.setTimeout(90_000);
  const complaints = complaintsOf(page);
  await expect.poll(() => foundBy(page, SEARCH), { timeout: 60_000 }).toBe(JOBS);
  await page.goto("/dead-letters");
  await expect(page.getByRole("heading", { level: 1, name: "Dead letters" })).toBeVisible();
  await expectAccessible(page);
  // The shortcuts load after the page.
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(page.getByRole("combobox")).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.type(SEARCH.slice(0, -2));
  await expect(page.getByRole("option", { name: SEARCH })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("combobox")).toHaveAttribute("aria-activedescendant", /option-0/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`q=${SEARCH}`));
  // Its one cause, below the head of the table.
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/tab=letters.*group/);
  await expect(page.getByRole("row").filter({ hasText: "send" })).toHaveCount(JOBS);
  await expectAccessible(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/dead-letters\/\d+/);
  await expect(page.getByText("stays failed until somebody acts")).toBeVisible();
  await expectAccessible(page);
  expect(await page.content()).not.toContain("ann@example.test");
  own.failWith = null;
  await page.getByRole("button", { name: "Retry", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("The server can be reached again");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByText("Done.")).toBeVisible({ timeout: 20_000 });
  await page.keyboard.press("Escape");
  await expect(page.getByText("completed", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("button", { name: "Retry", exact: true })).toHaveAttribute(
    "aria-description",
    /it is retried/,
  );
  expect(complaints).toEqual([]);
});

test("a payload is changed as text, digit by digit, and the retry uses it", async ({ visitor }) => {
  await signIn(visitor);
  await visitor.goto(LETTERS);
  await visitor.getByRole("row").nth(1).getByRole("link").click();
  await expect(visitor.getByText(/values masked/).first()).toBeVisible();
  await act(visitor, "Show values", "The order is missing");
  await expect(visitor.getByText("shown to you for five minutes")).toBeVisible();
  await visitor.getByRole("button", { name: "Edit", exact: true }).click();
  const editor = visitor.getByRole("textbox", { name: "Payload" });
  await editor.fill('{\n  "order": { "id": 9007199254740993, }\n}');
  await expect(visitor.getByText(/Line 2, column 38/)).toBeVisible();
  await editor.fill('{ "order": { "id": 9007199254740993 } }');
  await visitor.getByRole("button", { name: "Review change" }).click();
  const dialog = visitor.getByRole("dialog");
  await expect(dialog.getByText('"id": 9007199254740993')).toBeVisible();
  await expectAccessible(visitor);
  await dialog.getByLabel("Reason").fill("The right order");
  await dialog.getByRole("button", { name: "Save changed payload" }).click();
  await expect(dialog.getByText("Saved. Retry the letter to use it.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  const job = await visitor.locator("header bdi").nth(1).innerText();
  await act(visitor, "Retry", "With the right order");
  await expect(visitor.getByText("completed", { exact: true })).toBeVisible({ timeout: 20_000 });
  expect(await own.payload(job)).toBe('{"order":{"id":9007199254740993}}');
});

test("letters are discarded with a reason, and one is restored", async ({ page }) => {
  await page.goto(LETTERS);
  for (const at of [1, 2]) await page.getByRole("row").nth(at).getByRole("checkbox").check();
  await expect(page.getByRole("status").filter({ hasText: "2 selected" })).toBeVisible();
  const bar = page.getByRole("button", { name: "Discard", exact: true });
  await bar.click();
  await confirm(page, "Discard", "Orders of a test");
  await expect(page.getByRole("row").filter({ hasText: "send" })).toHaveCount(JOBS - 4);
  await page.goto(`${LETTERS}+state:discarded`);
  await expect(page.getByRole("row").filter({ hasText: "send" })).toHaveCount(2);
  await page.getByRole("row").nth(1).getByRole("link").click();
  await expect(page.getByText("“Orders of a test”")).toBeVisible();
  await act(page, "Restore", "It is needed after all");
  await expect(page.getByText("stays failed until somebody acts")).toBeVisible();
});

test("what a search finds is redriven: dry run, canary, the rest, and nothing is left", async ({
  page,
}) => {
  test.setTimeout(90_000);
  const left = JOBS - 3;
  await page.goto(`/dead-letters?q=${SEARCH}`);
  await page.getByRole("button", { name: `Redrive ${left}` }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Redrive" })).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue(
    new RegExp(`Cannot reach.* · ${QUEUE} · \\d{4}-`),
  );
  await expectAccessible(page);
  await page.getByLabel("Canary").fill("2");
  await page.getByRole("button", { name: `Redrive ${left}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("The server can be reached again");
  await dialog.getByRole("button", { name: `Redrive ${left}` }).click();
  await dialog.getByRole("link", { name: /Follow it/ }).click();
  const state = page.locator("main header").first();
  await expect(state.getByText("completed", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(`of ${left}`)).toBeVisible();
  await expectAccessible(page);
  await expect.poll(() => foundBy(page, SEARCH)).toBe(0);
  await expect.poll(() => own.queue.getFailedCount()).toBe(1);
});

/** How many letters a search finds. */
async function foundBy(page: Page, q: string): Promise<number> {
  const answer = await page.request.get("/api/v1/signals/deadletters", { params: { q } });
  return ((await answer.json()) as { data: { rows: unknown[] } }).data.rows.length;
}

/** Presses a button that asks for a reason, gives one, and waits until it is done. */
async function act(page: Page, name: string, reason: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  await confirm(page, name, reason);
}

async function confirm(page: Page, name: string, reason: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(reason);
  await dialog.getByRole("button", { name, exact: true }).click();
  await expect(dialog.getByText("Done.")).toBeVisible({ timeout: 20_000 });
  await page.keyboard.press("Escape");
}
