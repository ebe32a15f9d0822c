import { newUser, plumbline } from "#tests/support/cli.ts";
import { admin, expect, signIn, test } from "#tests/support/e2e.ts";

test.beforeEach(({ page }) => page.context().clearCookies());

test("a wrong password is refused in words, the right one leads to where one wanted to go", async ({
  page,
}) => {
  await page.goto("/audit");
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel("Login").fill("nobody-of-this-name");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText(/do not match|not right|wrong/i).first()).toBeVisible();
  await page.getByLabel("Login").fill(admin().login);
  await page.getByLabel("Password").fill(admin().password);
  await expect(async () => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(/\/audit/, { timeout: 2_000 });
  }).toPass();
});

test("a viewer sees what is wrong, but not the audit log", async ({ page }) => {
  await signIn(page, newUser("viewer"));
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  expect((await page.request.get("/api/v1/audit")).status()).toBe(403);
});

test("a disabled account is out within seconds, wherever it is signed in", async ({ page }) => {
  const user = newUser("oncall");
  await signIn(page, user);
  plumbline("user", "disable", user.login);
  await expect(async () => {
    expect((await page.request.get("/api/v1/me")).status()).toBe(401);
  }).toPass({ timeout: 4_000 });
});
