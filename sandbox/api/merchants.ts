import type { Pool } from "../data/database.ts";
import { HttpError } from "../http/http-error.ts";
import { merchantAccountId, type Currency } from "../payments/accounts.ts";
import type { Cache } from "./cache.ts";

export interface Merchant {
  id: string;
  name: string;
}

const PROFILE_TTL_S = 600;

/** The shop that asks, from the cache nearly always: every request needs it and it hardly ever changes. */
export async function requireMerchant(db: Pool, cache: Cache, id: bigint): Promise<Merchant> {
  const merchant = await cache.through(`merchant:${id}`, PROFILE_TTL_S, async () => {
    const { rows } = await db.query<{ name: string }>("SELECT name FROM merchants WHERE id = $1", [
      id,
    ]);
    return rows[0] && { id: String(id), name: rows[0].name };
  });
  if (!merchant) throw new HttpError(401, "unknown_merchant", `There is no merchant ${id}.`);
  return merchant;
}

export const accountOf = (merchantId: bigint, currency: Currency): bigint =>
  BigInt(merchantAccountId(Number(merchantId), currency));
