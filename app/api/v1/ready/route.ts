import { readiness, readySchema } from "#lib/api/ready.ts";
import { route } from "#lib/api/route.ts";

export const GET = route({
  path: "/api/v1/ready",
  summary: "Readiness: the database is there and up to date",
  permission: "public",
  response: readySchema,
  handler: readiness,
});
