import { sleep } from "#lib/core/time.ts";
import { HttpError } from "../http/http-error.ts";
import { startJsonServer, type JsonServer } from "../http/json-server.ts";

const SICK_FOR_MS = 3 * 60_000;

/** The shops' own servers, which receive webhooks: most answer at once, some take their time, some are ill for minutes. */
export function startShops(port: number): Promise<JsonServer> {
  return startJsonServer({
    name: "shops",
    port,
    routes: {
      "POST /shops/:id/hooks": async ({ params }) => {
        const id = Number(params.id);
        await sleep(id % 15 === 4 ? 300 + 700 * Math.random() : 20 * Math.random());
        if (isSick(id)) throw new HttpError(500, "internal", "Something went wrong.");
        return { status: 200, body: {} };
      },
    },
  });
}

/** Every 40th shop is ill a third of the time. */
const isSick = (id: number): boolean =>
  id % 40 === 29 && Math.floor(Date.now() / SICK_FOR_MS + id) % 3 === 0;
