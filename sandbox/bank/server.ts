import { z } from "zod";
import { createFaults, type Provider } from "../http/faults.ts";
import { HttpError } from "../http/http-error.ts";
import { startJsonServer } from "../http/json-server.ts";
import { openTransfers, type Verdict } from "./transfers.ts";

const transferSchema = z.object({
  reference: z.string().min(1).max(64),
  amount: z.string().regex(/^[1-9]\d*$/),
  currency: z.enum(["NGN", "USD"]),
  card: z.string().optional(),
});
type TransferRequest = z.infer<typeof transferSchema>;

/** The bank: moves money once per reference, remembers it in a file of its own, and takes its time. */
export async function startBank(options: {
  port: number;
  file: string;
  token: string;
}): Promise<Provider> {
  const transfers = openTransfers(options.file);
  const faults = createFaults({ latencyMs: 120 });
  const move =
    (kind: "authorisation" | "payout", judge: (request: TransferRequest) => Verdict) =>
    async ({ body }: { body: unknown }) => {
      const parsed = transferSchema.safeParse(body);
      if (!parsed.success)
        throw new HttpError(422, "invalid_transfer", z.prettifyError(parsed.error));
      const { reference, amount, currency } = parsed.data;
      const verdict = transfers.record({ reference, kind, amount, currency }, judge(parsed.data));
      return { status: 200, body: verdict };
    };
  const server = await startJsonServer({
    name: "bank",
    port: options.port,
    guard: { prefix: "/control/", token: options.token },
    routes: faults.routes({
      "POST /v1/authorisations": move("authorisation", judgeCard),
      "POST /v1/payouts": move("payout", judgePayout),
      "GET /v1/transfers/:reference": async ({ params }) => {
        const verdict = transfers.find(params.reference ?? "");
        if (!verdict)
          throw new HttpError(404, "unknown_reference", "No transfer has this reference.");
        return { status: 200, body: verdict };
      },
    }),
  });
  return {
    url: server.url,
    faults,
    async close() {
      await server.close();
      transfers.close();
    },
  };
}

/** Cards are declined now and then, some more than others. */
const judgeCard = ({ card }: TransferRequest): Verdict =>
  Math.random() < (card?.endsWith("7") ? 0.15 : 0.02)
    ? { status: "rejected", reason: "card_declined" }
    : { status: "accepted" };

const judgePayout = (): Verdict =>
  Math.random() < 0.005 ? { status: "rejected", reason: "account_closed" } : { status: "accepted" };
