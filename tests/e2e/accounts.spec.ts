import type { Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { newUser } from "#tests/support/cli.ts";
import { complaintsOf } from "#tests/support/complaints.ts";
import { expect, expectAccessible, signIn, test } from "#tests/support/e2e.ts";

test("an account is made after a fresh proof, its password shown once, and lets its owner in", async ({
  visitor,
  browser,
  baseURL,
}) => {
  // An admin of this test's own: proving it again gives the session a new cookie.
  const boss = newUser("admin");
  await signIn(visitor, boss);
  const complaints = complaintsOf(visitor);
  const login = `made-${Date.now()}`;
  await asIfProvedLongAgo(visitor, "users.create");
  await visitor.goto("/settings/users");
  await visitor.getByRole("button", { name: "Create account" }).click();
  const dialog = visitor.getByRole("dialog");
  await dialog.getByLabel("Login").fill(login);
  await dialog.getByLabel("Name").fill("Somebody new");
  await dialog.getByRole("checkbox", { name: /^oncall/ }).check();
  await dialog.getByLabel("Reason").fill("joins the rota");
  await expectAccessible(visitor);
  await dialog.getByRole("button", { name: "Create account" }).click();
  const again = dialog.getByLabel("Confirm that it is you");
  await again.fill("not the password");
  await again.press("Enter");
  await expect(dialog.getByText("That does not fit")).toBeVisible();
  await again.fill(boss.password);
  await again.press("Enter");
  const shown = dialog.getByText("Copy it now");
  await expect(shown).toBeVisible();
  const password = await dialog.locator("code").innerText();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(visitor.getByRole("row", { name: new RegExp(login) })).toContainText("oncall");
  await expect(visitor.getByText(password)).toHaveCount(0);

  const context = await browser.newContext({ ...(baseURL && { baseURL }) });
  const owner = await context.newPage();
  await signIn(owner, { login, password });
  await owner.goto("/settings/users");
  await expect(owner.getByText(/do not allow users\.read/)).toBeVisible();
  await context.close();
  expect(complaints).toEqual([]);
});

test("a session that is ended elsewhere is out, and its page says so", async ({
  page,
  visitor,
}) => {
  const user = newUser("viewer");
  await signIn(visitor, user);
  await page.goto("/settings/sessions");
  const row = page.getByRole("row", { name: new RegExp(user.login) });
  await row.getByRole("button", { name: "End session" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("left a laptop open");
  await dialog.getByRole("button", { name: "End session" }).click();
  await expect(dialog.getByText("Done.")).toBeVisible();
  await expect(async () => {
    expect((await visitor.request.get("/api/v1/me")).status()).toBe(401);
  }).toPass({ timeout: 4_000 });
  await visitor.goto("/queues");
  await expect(visitor).toHaveURL(/\/login/);
});

test("one-time codes are set up from a QR code and asked for from then on", async ({ visitor }) => {
  const user = newUser("viewer");
  const complaints = complaintsOf(visitor);
  await signIn(visitor, user);
  await visitor.goto("/settings/profile");
  await visitor.getByRole("button", { name: "Set up" }).click();
  await expect(visitor.getByRole("img", { name: /QR code/ })).toBeVisible();
  const secret = (await visitor.locator("form code").innerText()).replaceAll(/\s/g, "");
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await expectAccessible(visitor);
  await visitor.getByLabel("Code shown now").fill(totp.generate());
  await visitor.getByLabel("Your password").fill(user.password);
  await visitor.getByRole("button", { name: "Turn on" }).click();
  await expect(visitor.getByRole("button", { name: "Turn off" })).toBeVisible();

  await visitor.getByRole("button", { name: /^Signed in as/ }).click();
  await visitor.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(visitor).toHaveURL(/\/login/);
  await visitor.getByLabel("Login").fill(user.login);
  await visitor.getByLabel("Password").fill(user.password);
  await visitor.getByRole("button", { name: "Sign in" }).click();
  const code = visitor.getByLabel("One-time code");
  await expect(code).toBeFocused();
  // The code that turned it on is spent; the next step's is accepted already.
  await code.fill(totp.generate({ timestamp: Date.now() + 30_000 }));
  await visitor.getByRole("button", { name: "Sign in" }).click();
  await expect(visitor.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("a text that holds markup stays text", async ({ page }) => {
  const complaints = complaintsOf(page);
  await page.goto("/login?error=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&again=1");
  await page.goto("/settings/users?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E");
  await expect(page.getByText("No account matches")).toBeVisible();
  await expect(page.locator("img")).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("a password that is sent before the page's scripts have loaded never lands in an address", async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    ...(baseURL && { baseURL }),
  });
  const page = await context.newPage();
  await page.goto("/login");
  await page.getByLabel("Login").fill("admin");
  await page.getByLabel("Password").fill("typed-too-early");
  const sent = page.waitForRequest((request) => request.isNavigationRequest());
  await page.getByLabel("Password").press("Enter");
  expect((await sent).method()).toBe("POST");
  expect(page.url()).not.toContain("typed-too-early");
  await context.close();
});

/** The first request is answered as for somebody whose proof is older than five minutes; the rest is the real server's. */
async function asIfProvedLongAgo(page: Page, action: string): Promise<void> {
  const problem = {
    type: "urn:plumbline:problem:step_up_required",
    title: "Again",
    status: 403,
    code: "step_up_required",
  };
  await page.route(
    `**/api/v1/actions/${action}`,
    (route) =>
      route.fulfill({ status: 403, contentType: "application/problem+json", json: problem }),
    { times: 1 },
  );
}
