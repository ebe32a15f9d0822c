import { expect, plumbline, product, signIn, test } from "./product.ts";

test("a wrong password is refused in words, the right one leads on to where one wanted to go", async ({
  page,
}) => {
  await page.goto(`${product.url}/audit`);
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel("Login").fill("admin");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /\w/ }).first()).toBeVisible();
  await page.waitForTimeout(1_500);
  await page.getByLabel("Password").fill(product.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/audit/);
});

test("a viewer sees what is wrong, but may change nothing", async ({ page }) => {
  const { login, password } = newUser("viewer");
  await signIn(page, login, password);
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expect(page.getByRole("navigation").getByRole("link", { name: "Audit" })).toHaveCount(0);
  const audit = await page.request.get(`${product.url}/api/v1/audit`);
  expect(audit.status()).toBe(403);
});

test("a revoked session ends at once, also where a page is open", async ({ page, browser }) => {
  const { login, password } = newUser("viewer");
  await signIn(page, login, password);
  const other = await browser.newContext();
  const administrator = await other.newPage();
  await signIn(administrator);
  const user = (
    (await (await administrator.request.get(`${product.url}/api/v1/users`)).json()) as {
      rows: { id: string; login: string }[];
    }
  ).rows.find((row) => row.login === login);
  expect(user).toBeDefined();
  plumbline("user", "disable", login);
  await expect(async () => {
    expect((await page.request.get(`${product.url}/api/v1/me`)).status()).toBe(401);
  }).toPass({ timeout: 4_000 });
  await other.close();
});

function newUser(role: string): { login: string; password: string } {
  const login = `${role}-${Date.now()}`;
  const made = JSON.parse(plumbline("user", "create", login, "--roles", role, "--json")) as {
    password: string;
  };
  return { login, password: made.password };
}
