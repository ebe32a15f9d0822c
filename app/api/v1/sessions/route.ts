import { route } from "#lib/api/route.ts";
import { listSessions } from "#lib/auth/read.ts";
import { rowsSchema, sessionSchema } from "#lib/auth/schema.ts";

export const GET = route({
  path: "/api/v1/sessions",
  summary: "Everybody's live sessions",
  permission: "sessions.read",
  response: rowsSchema(sessionSchema),
  handler: async ({ actor }) => ({ rows: await listSessions(actor, "all") }),
});
