import { messageOf } from "#lib/core/errors.ts";
import type { Currency } from "./accounts.ts";
import type { Outcome } from "./payments.ts";

const TIMEOUT_MS = 3_000;

export interface Transfer {
  reference: string;
  amount: bigint;
  currency: Currency;
}

/** The bank did not say what happened: the money may or may not have moved. */
class BankSilent extends Error {
  readonly code = "bank_silent";
}

export const isBankSilent = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "bank_silent";

export interface BankClient {
  /** Takes money from a card. */
  authorise(transfer: Transfer, card: string): Promise<Outcome>;
  /** Sends money to a merchant's bank account or back to a card. */
  payOut(transfer: Transfer): Promise<Outcome>;
  /** What became of a transfer; null when the bank never heard of it. */
  find(reference: string): Promise<Outcome | null>;
}

export function createBankClient(baseUrl: string): BankClient {
  async function call(path: string, init: RequestInit): Promise<Outcome | null> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${baseUrl}${path}`, { ...init, signal }).catch(
      (error: unknown) => {
        throw new BankSilent(`The bank did not answer: ${messageOf(error)}`);
      },
    );
    if (response.status === 404) return null;
    if (!response.ok) throw new BankSilent(`The bank answered ${response.status}`);
    const answer = (await response.json()) as
      | { status: "accepted" }
      | { status: "rejected"; reason: string };
    return answer.status === "accepted"
      ? { status: "succeeded" }
      : { status: "failed", failure: answer.reason };
  }

  async function send(path: string, transfer: Transfer, more: object = {}): Promise<Outcome> {
    const body = JSON.stringify({ ...transfer, amount: String(transfer.amount), ...more });
    const outcome = await call(path, { method: "POST", body });
    if (!outcome) throw new BankSilent("The bank has no such service");
    return outcome;
  }

  return {
    authorise: (transfer, card) => send("/v1/authorisations", transfer, { card }),
    payOut: (transfer) => send("/v1/payouts", transfer),
    find: (reference) => call(`/v1/transfers/${reference}`, {}),
  };
}
