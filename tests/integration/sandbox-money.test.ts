import { Queue } from "bullmq";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { feeOn } from "#sandbox/payments/money.ts";
import { removeSandbox, startSandbox, type TestSandbox } from "#tests/support/sandbox.ts";

const PAYMENTS = 1_000;
const CHARGE = {
  amount: "12500",
  currency: "NGN",
  payerEmail: "ada@mail.example",
  card: "4000000000000002",
};
const WAIT = { timeout: 40_000, interval: 50 };

let sandbox: TestSandbox;
let db: pg.Pool;

beforeAll(async () => {
  sandbox = await startSandbox(PAYMENTS);
  db = new pg.Pool({ connectionString: await sandbox.sourceUrl("payments-db"), max: 4 });
});
afterAll(async () => {
  await db.end();
  await removeSandbox(sandbox);
});

async function post(merchant: number, path: string, body: object, key?: string) {
  const headers = {
    "merchant-id": String(merchant),
    ...(key !== undefined && { "idempotency-key": key }),
  };
  const response = await fetch(`${sandbox.api}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers,
  });
  const replayed = response.headers.get("idempotent-replayed") === "true";
  const { id } = (await response.json()) as { id?: string };
  return { status: response.status, replayed, id };
}

const withdraw = (merchant: number, amount: string, key?: string) =>
  post(merchant, "/v1/withdrawals", { amount, currency: "NGN" }, key);

/** Rows that break the books; none may exist, at any moment. */
async function brokenBooks() {
  const { rows } = await db.query(`
    SELECT 'payment ' || payment_id AS what FROM ledger_entries GROUP BY payment_id HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'currency ' || currency FROM accounts GROUP BY currency HAVING sum(balance) <> 0
    UNION ALL
    SELECT 'account ' || accounts.id FROM accounts LEFT JOIN ledger_entries ON account_id = accounts.id
    GROUP BY accounts.id
    HAVING balance <> carried_forward + coalesce(sum(amount), 0) OR (kind = 'merchant' AND balance < 0)`);
  return rows;
}

const paymentsMade = async (): Promise<number> =>
  Number((await db.query("SELECT max(id) AS id FROM payments")).rows[0].id);

async function balanceOf(merchant: number): Promise<bigint> {
  const sql = "SELECT balance FROM accounts WHERE merchant_id = $1 AND currency = 'NGN'";
  return BigInt((await db.query(sql, [merchant])).rows[0].balance);
}

test("the history that is loaded balances", async () => {
  expect(await brokenBooks()).toEqual([]);
  const { rows } = await db.query("SELECT count(*)::int AS n FROM payments WHERE id <= $1", [
    PAYMENTS,
  ]);
  expect(rows[0].n).toBe(PAYMENTS);
  // The history's SQL and the live code agree about the fee.
  const { rows: fees } = await db.query(`
    SELECT payments.amount, ledger_entries.amount AS fee FROM payments
    JOIN ledger_entries ON payment_id = payments.id
    JOIN accounts ON accounts.id = ledger_entries.account_id AND accounts.kind = 'fees'`);
  expect(fees.length).toBeGreaterThan(0);
  for (const { amount, fee } of fees) expect(BigInt(fee)).toBe(feeOn(BigInt(amount)));
});

test("ten identical withdrawals at once with one key take the money once", async () => {
  const before = await balanceOf(1);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => withdraw(1, "100", "ten-at-once-1")),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(before - (await balanceOf(1))).toBe(100n);

  expect(await withdraw(1, "101", "ten-at-once-1")).toMatchObject({ status: 422 });
  expect(await withdraw(1, "100", "short")).toMatchObject({ status: 400 });
});

test("one charge at a time per key: others are told to wait, and then get its answer", async () => {
  const charge = { ...CHARGE, orderReference: "ORD-keyed" };
  const clicks = () => post(2, "/v1/charges", charge, "charge-key-1");
  const answers = await Promise.all([clicks(), clicks(), clicks()]);
  for (const { status } of answers) expect([201, 402, 409]).toContain(status);
  const { rows } = await db.query("SELECT id FROM payments WHERE order_reference = 'ORD-keyed'");
  expect(rows).toHaveLength(1);
  expect(await clicks()).toMatchObject({ replayed: true, id: rows[0].id });
});

test("refunds at once never add up to more than the charge", async () => {
  let charged: Awaited<ReturnType<typeof post>>;
  // The bank declines a card now and then.
  for (let n = 0; (charged = await pay(`ORD-refunded-${n}`)).status !== 201; n += 1);
  const refund = { paymentId: charged.id, amount: "25000" };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => post(3, "/v1/refunds", refund)),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 422, 422, 422]);
  expect(await brokenBooks()).toEqual([]);

  function pay(orderReference: string) {
    return post(3, "/v1/charges", { ...CHARGE, currency: "USD", amount: "50000", orderReference });
  }
});

const clicksArbitrary = fc.array(
  fc.record({
    merchant: fc.integer({ min: 1, max: 3 }),
    /** From next to nothing to more than anybody has. */
    share: fc.constantFrom(1_000n, 3n, 1n),
    times: fc.integer({ min: 1, max: 5 }),
    keyed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);

test("whatever is clicked at once, the books balance and a key moves money once", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(clicksArbitrary, async (clicks) => {
      run += 1;
      const sent = clicks.flatMap(({ merchant, share, times, keyed }, at) =>
        Array.from({ length: times }, async () => {
          const amount = String((await balanceOf(merchant)) / share + 1n);
          const key = keyed ? `property-${run}-${at}` : undefined;
          return { key, ...(await withdraw(merchant, keyed ? "7" : amount, key)) };
        }),
      );
      const answers = await Promise.all(sent);
      for (const { status } of answers) expect([201, 422]).toContain(status);
      const made = answers.filter(({ status }) => status === 201);
      // A key stands for one payment at most; without one, each answer is a payment of its own.
      const intended = new Set(made.map(({ key }, at) => key ?? at));
      expect(new Set(made.map(({ id }) => id)).size).toBe(intended.size);
      expect(await brokenBooks()).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("every withdrawal is settled, and what is pruned is carried forward", async () => {
  const made = await paymentsMade();
  for (let n = 0; n < 150; n += 10) {
    const shops = Array.from({ length: 10 }, (_, at) => at + 1);
    await Promise.all(
      shops.map((shop) =>
        post(shop, "/v1/charges", { ...CHARGE, orderReference: `ORD-bulk-${n}-${shop}` }),
      ),
    );
  }
  expect(await paymentsMade()).toBeGreaterThanOrEqual(made + 150);
  await vi.waitFor(async () => {
    const { rows } = await db.query("SELECT id FROM payments WHERE status = 'pending'");
    expect(rows).toEqual([]);
  }, WAIT);

  const queue = new Queue("maintenance", {
    connection: { url: await sandbox.sourceUrl("payments-queues") },
    skipMetasUpdate: true,
  });
  await queue.add("prune", {});
  await queue.close();
  await vi.waitFor(async () => {
    const { rows } = await db.query("SELECT max(id) - min(id) AS kept FROM payments");
    expect(Number(rows[0].kept)).toBeLessThanOrEqual(PAYMENTS * 1.1);
  }, WAIT);
  expect(await brokenBooks()).toEqual([]);
});
