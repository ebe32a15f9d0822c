import { AppError } from "#lib/core/errors.ts";
import { sha256 } from "#lib/core/ids.ts";
import { type Sql, sql, transaction } from "#lib/db/sql.ts";

/** After `free` failures each further one doubles the wait, up to `longestSeconds`. Nobody is locked out for good. */
interface Limit {
  key: string;
  free: number;
  longestSeconds: number;
}

/** Failures older than this are forgotten. */
const FORGET_AFTER = "1 hour";

/** An account gives way quickly and recovers soon, so that strangers cannot lock its owner out; an address serves many people. */
function limitsFor(login: string, address: string | null): Limit[] {
  const account = { key: `account:${sha256(login)}`, free: 5, longestSeconds: 60 };
  return address === null
    ? [account]
    : [account, { key: `address:${sha256(address)}`, free: 20, longestSeconds: 300 }];
}

/**
 * Counts a sign-in attempt as failed before the password is looked at, so that parallel guesses cannot slip through.
 * Throws `rate_limited` while the account or the address has to wait.
 */
export async function beginAttempt(login: string, address: string | null): Promise<void> {
  await transaction(async (tx) => {
    for (const limit of limitsFor(login, address)) await countAttempt(tx, limit);
  });
}

/** The attempt was right: the account starts afresh, the address is charged nothing for it. */
export async function attemptSucceeded(
  tx: Sql,
  login: string,
  address: string | null,
): Promise<void> {
  const [account, from] = limitsFor(login, address) as [Limit, Limit?];
  await tx.query("DELETE FROM login_throttle WHERE key = $1", [account.key]);
  if (from) await forgive(tx, from.key);
}

/** The attempt was neither right nor wrong (a code is still missing): take it back. */
export async function attemptUnfinished(login: string, address: string | null): Promise<void> {
  for (const { key } of limitsFor(login, address)) await forgive(sql, key);
}

async function countAttempt(tx: Sql, limit: Limit): Promise<void> {
  const counted = await tx.query(
    `INSERT INTO login_throttle AS t (key, failures, next_allowed_at, updated_at) VALUES ($1, 1, now(), now())
     ON CONFLICT (key) DO UPDATE SET (failures, next_allowed_at, updated_at) = (
       SELECT n, now() + make_interval(secs => CASE WHEN n <= $2 THEN 0 ELSE least($3, power(2, least(n - $2, 20))) END), now()
       FROM (SELECT CASE WHEN t.updated_at < now() - interval '${FORGET_AFTER}' THEN 1 ELSE t.failures + 1 END AS n) next)
     WHERE t.next_allowed_at <= now()`,
    [limit.key, limit.free, limit.longestSeconds],
  );
  if (counted.rowCount === 1) return;
  const { rows } = await tx.query<{ wait: number }>(
    "SELECT greatest(1, ceil(extract(epoch FROM next_allowed_at - now())))::float8 AS wait FROM login_throttle WHERE key = $1",
    [limit.key],
  );
  throw tooMany(rows[0]?.wait ?? 1);
}

async function forgive(on: Sql, key: string): Promise<void> {
  await on.query(
    "UPDATE login_throttle SET failures = greatest(0, failures - 1), next_allowed_at = now() WHERE key = $1",
    [key],
  );
}

function tooMany(retryAfterSeconds: number): AppError {
  return new AppError("rate_limited", "Too many failed sign-ins", {
    detail: "The wait grows with each failure.",
    remedy: `Wait ${retryAfterSeconds} s, then try again.`,
    retryAfterSeconds,
  });
}
