import { runListParamsSchema, runListSchema } from "#lib/actions/schema.ts";
import { listRuns } from "#lib/actions/runs.ts";
import { route } from "#lib/api/route.ts";

export const GET = route({
  path: "/api/v1/actions",
  summary: "The newest runs on one target of one source",
  permission: "signed-in",
  query: runListParamsSchema,
  response: runListSchema,
  handler: ({ actor, query }) => listRuns(actor, query),
});
