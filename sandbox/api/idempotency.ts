import { sha256 } from "#lib/core/ids.ts";
import { canonicalJson } from "#lib/core/json.ts";
import type { Client, Queryable } from "../data/database.ts";
import { HttpError } from "../http/http-error.ts";
import type { JsonAnswer } from "../http/router.ts";

/** A request that carries an Idempotency-Key. */
export interface KeyedRequest {
  merchantId: bigint;
  key: string;
  path: string;
  body: unknown;
}

export type Claim =
  /** The request ran before: send this. */
  | { replay: JsonAnswer }
  /** Ours to run; `paymentId` when an earlier run died after it had created the payment. */
  | { paymentId: bigint | null };

/** A run that has not finished after this long is taken for dead, and the next request goes on with it. */
const LEASE_SECONDS = 30;

interface KeyRow {
  request_path: string;
  request_hash: string;
  recovery_point: string;
  payment_id: bigint | null;
  response_code: number;
  response_body: unknown;
  lease_left: number;
}

/** Claims the key for this request, in one statement, so that of requests at the same time one wins and the others wait for it. */
export async function claimKey(tx: Client, request: KeyedRequest): Promise<Claim> {
  const hash = sha256(canonicalJson(request.body));
  const { rows: claimed } = await tx.query<{ payment_id: bigint | null }>(
    `INSERT INTO idempotency_keys AS known (merchant_id, idempotency_key, request_path, request_hash, locked_at)
     VALUES ($1, $2, $3, $4, now())
     ON CONFLICT (merchant_id, idempotency_key) DO UPDATE SET locked_at = now()
       WHERE known.recovery_point <> 'finished' AND known.locked_at < now() - make_interval(secs => $5)
         AND known.request_path = excluded.request_path AND known.request_hash = excluded.request_hash
     RETURNING payment_id`,
    [request.merchantId, request.key, request.path, hash, LEASE_SECONDS],
  );
  if (claimed[0]) return { paymentId: claimed[0].payment_id };

  const { rows } = await tx.query<KeyRow>(
    `SELECT *, ceil(extract(epoch FROM locked_at - now()) + $3)::int AS lease_left
     FROM idempotency_keys WHERE merchant_id = $1 AND idempotency_key = $2`,
    [request.merchantId, request.key, LEASE_SECONDS],
  );
  const known = rows[0];
  if (!known) throw new HttpError(409, "key_in_flight", "Try again.", { "retry-after": "1" });
  if (known.request_path !== request.path || known.request_hash !== hash) {
    throw new HttpError(
      422,
      "key_reused",
      "This Idempotency-Key was used for another request. Use a new one.",
    );
  }
  if (known.recovery_point !== "finished") {
    const wait = String(Math.max(1, Math.min(known.lease_left, 2)));
    throw new HttpError(409, "key_in_flight", "The first request with this key is still running.", {
      "retry-after": wait,
    });
  }
  return {
    replay: {
      status: known.response_code,
      body: known.response_body,
      headers: { "idempotent-replayed": "true" },
    },
  };
}

/** Remembers the payment, so that whoever takes over goes on with it instead of creating another. */
export async function noteProgress(
  tx: Client,
  { merchantId, key }: KeyedRequest,
  paymentId: bigint,
): Promise<void> {
  await tx.query(
    "UPDATE idempotency_keys SET recovery_point = 'payment_created', payment_id = $3 WHERE merchant_id = $1 AND idempotency_key = $2",
    [merchantId, key, paymentId],
  );
}

/** Stores the answer for replays. */
export async function finishKey(
  tx: Queryable,
  { merchantId, key }: KeyedRequest,
  paymentId: bigint,
  answer: JsonAnswer,
): Promise<void> {
  await tx.query(
    `UPDATE idempotency_keys SET recovery_point = 'finished', locked_at = NULL, payment_id = $3, response_code = $4, response_body = $5
     WHERE merchant_id = $1 AND idempotency_key = $2`,
    [merchantId, key, paymentId, answer.status, JSON.stringify(answer.body)],
  );
}
