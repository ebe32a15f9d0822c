import type { Pool } from "../data/database.ts";
import { startJsonServer, type JsonServer } from "../http/json-server.ts";
import type { BankClient } from "../payments/bank-client.ts";
import type { Cache } from "./cache.ts";
import { createCharge } from "./charges.ts";
import { createRefund, createWithdrawal } from "./money-out.ts";
import { readBalances, readPayment, readQuote, searchPayments } from "./reads.ts";

export interface ApiContext {
  db: Pool;
  cache: Cache;
  bank: BankClient;
}

/** Harbour Pay's public API. A POST takes an `Idempotency-Key`; without one, each request moves money. */
export function startApi(context: ApiContext, port: number): Promise<JsonServer> {
  return startJsonServer({
    name: "api",
    port,
    routes: {
      "GET /health": async () => ({ status: 200, body: { status: "ok" } }),
      "POST /v1/charges": createCharge(context),
      "POST /v1/withdrawals": createWithdrawal(context),
      "POST /v1/refunds": createRefund(context),
      "GET /v1/balances": readBalances(context),
      "GET /v1/payments": searchPayments(context),
      "GET /v1/payments/:id": readPayment(context),
      "GET /v1/quotes": readQuote(context),
    },
  });
}
