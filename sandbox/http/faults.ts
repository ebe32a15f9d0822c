import { sleep } from "#lib/core/time.ts";
import { z } from "zod";
import { HttpError } from "./http-error.ts";
import type { JsonServer } from "./json-server.ts";
import type { Handler, Routes } from "./router.ts";

const share = z.number().min(0).max(1);

/** How badly a provider behaves. Shares are of requests. */
const faultsSchema = z.strictObject({
  /** Median time of an answer, in milliseconds; a long tail is added. */
  latencyMs: z.number().min(0).max(60_000),
  /** Answered with 503 before anything is done. */
  failing: share,
  /** The work is done but the answer never comes. */
  hanging: share,
  /** The connection is dropped at once, as if nobody listened. */
  refusing: share,
});
export type Faults = z.infer<typeof faultsSchema>;

const HANG_MS = 30_000;

export interface FaultyProvider {
  /** Wraps a provider's routes so that they misbehave as told, and adds the control routes. */
  routes(healthy: Routes): Routes;
  current(): Faults;
  change(faults: Partial<Faults>): void;
}

/** Somebody else's server that Harbour Pay depends on. */
export interface Provider extends JsonServer {
  faults: FaultyProvider;
}

/** A provider that can be told to be slow or to fail, over `GET|PUT /control/faults` or in process. */
export function createFaults(usual: Pick<Faults, "latencyMs">): FaultyProvider {
  let faults: Faults = { ...usual, failing: 0, hanging: 0, refusing: 0 };
  const change = (changes: Partial<Faults>) => (faults = { ...faults, ...changes });

  const misbehave =
    (handle: Handler): Handler =>
    async (request) => {
      if (Math.random() < faults.refusing) return null;
      await sleep(latency(faults.latencyMs));
      if (Math.random() < faults.failing)
        throw new HttpError(503, "unavailable", "Temporarily unavailable.");
      const answer = await handle(request);
      if (Math.random() >= faults.hanging) return answer;
      await Promise.race([sleep(HANG_MS), aborted(request.gone)]);
      return null;
    };

  return {
    current: () => faults,
    change,
    routes: (healthy) => ({
      ...Object.fromEntries(
        Object.entries(healthy).map(([path, handle]) => [path, misbehave(handle)]),
      ),
      "GET /control/faults": async () => ({ status: 200, body: faults }),
      "PUT /control/faults": async ({ body }) => {
        const parsed = faultsSchema.partial().safeParse(body);
        if (!parsed.success)
          throw new HttpError(422, "invalid_faults", z.prettifyError(parsed.error));
        return { status: 200, body: change(parsed.data) };
      },
    }),
  };
}

/** Log-normal: most answers near the median, a few several times slower. */
function latency(medianMs: number): number {
  const normal =
    Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return medianMs * Math.exp(0.5 * normal);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
