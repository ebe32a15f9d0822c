import { z } from "zod";
import { createFaults, type Provider } from "../http/faults.ts";
import { HttpError } from "../http/http-error.ts";
import { startJsonServer } from "../http/json-server.ts";

const textSchema = z.object({ phone: z.string().regex(/^\+\d{6,15}$/), text: z.string().max(160) });

/** The SMS gateway. Sends nothing anywhere. */
export async function startSms(options: { port: number; token: string }): Promise<Provider> {
  const faults = createFaults({ latencyMs: 30 });
  const server = await startJsonServer({
    name: "sms",
    port: options.port,
    guard: { prefix: "/control/", token: options.token },
    routes: faults.routes({
      "POST /v1/texts": async ({ body }) => {
        const parsed = textSchema.safeParse(body);
        if (!parsed.success)
          throw new HttpError(422, "invalid_text", z.prettifyError(parsed.error));
        return { status: 202, body: { status: "accepted" } };
      },
    }),
  });
  return { ...server, faults };
}
