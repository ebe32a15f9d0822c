import { SECOND } from "#lib/core/time.ts";
import { z } from "zod";
import { createFaults, type Provider } from "../http/faults.ts";
import { HttpError } from "../http/http-error.ts";
import { startJsonServer } from "../http/json-server.ts";

const messageSchema = z.object({ to: z.email(), template: z.string(), date: z.iso.datetime() });

/** Receivers that greylist refuse a message until it is this old: senders of spam do not try again. */
const GREYLIST_MS = 45 * SECOND;

/** The e-mail provider. Delivers nowhere; the domain of an address decides what becomes of a message. */
export async function startMail(options: { port: number; token: string }): Promise<Provider> {
  const faults = createFaults({ latencyMs: 40 });
  const server = await startJsonServer({
    name: "mail",
    port: options.port,
    guard: { prefix: "/control/", token: options.token },
    routes: faults.routes({
      "POST /v1/messages": async ({ body }) => {
        const parsed = messageSchema.safeParse(body);
        if (!parsed.success)
          throw new HttpError(422, "invalid_message", z.prettifyError(parsed.error));
        deliver(parsed.data);
        return { status: 202, body: { status: "accepted" } };
      },
    }),
  });
  return { ...server, faults };
}

function deliver(message: z.infer<typeof messageSchema>): void {
  if (message.to.endsWith("@gone.example"))
    throw new HttpError(422, "mailbox_unknown", `550 5.1.1 <${message.to}>: mailbox unknown`);
  const young = Date.now() - Date.parse(message.date) < GREYLIST_MS;
  if (young && message.to.endsWith("@greylist.example")) {
    throw new HttpError(
      429,
      "greylisted",
      `451 4.7.1 <${message.to}>: greylisted, try again later`,
    );
  }
}
