import { readFileSync } from "node:fs";
import pg from "pg";
import { CURRENCIES, merchantAccountId, OWN_ACCOUNTS } from "../payments/accounts.ts";
import { merchantName, PAYERS, payer } from "./people.ts";

const sqlFile = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** Merchants for a number of payments: 1 to 60, at least ten. */
export const merchantsFor = (payments: number): number => Math.max(10, Math.round(payments / 60));

/** Whether the books are there: they are loaded in one transaction, so they are there as a whole or not at all. */
export async function isLoaded(adminUrl: string): Promise<boolean> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ loaded: boolean }>(
      "SELECT to_regclass('ledger_entries') IS NOT NULL AS loaded",
    );
    return rows[0]?.loaded ?? false;
  });
}

/** Creates the tables and fills them with 90 days of history that end now. */
export async function loadHistory(adminUrl: string, payments: number): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query("BEGIN");
    await client.query("SET LOCAL maintenance_work_mem = '128MB'; SET LOCAL work_mem = '64MB'");
    await client.query(sqlFile("schema.sql"));
    const merchants = merchantsFor(payments);
    await loadMerchants(client, merchants);
    await loadPayers(client);
    await client.query(sqlFile("payments.sql"), [payments, merchants, PAYERS]);
    for (const step of ["refunds.sql", "ledger.sql", "indexes-and-keys.sql", "balances.sql"])
      await client.query(sqlFile(step));
    await client.query("COMMIT");
    await client.query("VACUUM ANALYZE");
  });
}

async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString,
    application_name: "sandbox-setup",
    // The load would lead the list of statements for weeks.
    options: "-c pg_stat_statements.track=none",
  });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("SET ROLE payments");
    return await work(client);
  } finally {
    await client.end();
  }
}

async function loadMerchants(client: pg.Client, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  await client.query(
    "INSERT INTO merchants (id, name, email) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])",
    [ids, ids.map(merchantName), ids.map((id) => `owner@shop-${id}.example`)],
  );
  const insert =
    "INSERT INTO accounts (id, merchant_id, kind, currency) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])";
  const own = CURRENCIES.flatMap((currency) =>
    Object.entries(OWN_ACCOUNTS[currency]).map(([kind, id]) => ({ id, kind, currency })),
  );
  await client.query(insert, [
    own.map((a) => a.id),
    own.map(() => null),
    own.map((a) => a.kind),
    own.map((a) => a.currency),
  ]);
  const theirs = ids.flatMap((merchant) =>
    CURRENCIES.map((currency) => ({
      id: merchantAccountId(merchant, currency),
      merchant,
      currency,
    })),
  );
  await client.query(insert, [
    theirs.map((a) => a.id),
    theirs.map((a) => a.merchant),
    theirs.map(() => "merchant"),
    theirs.map((a) => a.currency),
  ]);
  await client.query(
    "INSERT INTO fx_rates VALUES ('USD', 'NGN', 1534.25), ('NGN', 'USD', 0.00064718)",
  );
}

async function loadPayers(client: pg.Client): Promise<void> {
  const all = Array.from({ length: PAYERS }, (_, n) => payer(n));
  await client.query(
    "CREATE TEMP TABLE payer (n int PRIMARY KEY, email text, last4 text) ON COMMIT DROP",
  );
  await client.query("INSERT INTO payer SELECT * FROM unnest($1::int[], $2::text[], $3::text[])", [
    all.map((_, n) => n),
    all.map((p) => p.email),
    all.map((p) => p.card.slice(-4)),
  ]);
}
