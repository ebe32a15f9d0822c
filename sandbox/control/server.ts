import { z } from "zod";
import type { DrillRunner } from "../drills/runner.ts";
import { HttpError } from "../http/http-error.ts";
import { startJsonServer, type JsonServer } from "../http/json-server.ts";

const startSchema = z.strictObject({ forMs: z.number().positive().optional() }).default({});

/** What `plumbline drill` talks to. Every path asks for the token. */
export function startControl(options: {
  port: number;
  token: string;
  drills: DrillRunner;
}): Promise<JsonServer> {
  const { drills } = options;
  return startJsonServer({
    name: "control",
    port: options.port,
    guard: { prefix: "/", token: options.token },
    routes: {
      "GET /drills": async () => ({
        status: 200,
        body: { drills: drills.list(), ended: drills.ended() },
      }),
      "POST /drills/:name/start": async ({ params, body }) => {
        const parsed = startSchema.safeParse(body);
        if (!parsed.success)
          throw new HttpError(422, "invalid_request", z.prettifyError(parsed.error));
        return { status: 200, body: await drills.start(params.name ?? "", parsed.data.forMs) };
      },
      "POST /drills/:name/stop": async ({ params }) => ({
        status: 200,
        body: await drills.stop(params.name ?? ""),
      }),
    },
  });
}
