import { route } from "#lib/api/route.ts";
import { readMe } from "#lib/auth/read.ts";
import { meSchema } from "#lib/auth/schema.ts";

export const GET = route({
  path: "/api/v1/me",
  summary: "Who asks, with which roles",
  permission: "signed-in",
  response: meSchema,
  handler: ({ actor }) => readMe(actor),
});
