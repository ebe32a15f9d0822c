import { z } from "zod";
import { route } from "#lib/api/route.ts";

export const GET = route({
  path: "/api/v1/health",
  summary: "Liveness: this process answers",
  permission: "public",
  withoutDatabase: true,
  response: z.object({ status: z.literal("ok") }),
  handler: () => ({ status: "ok" }),
});
