import { route } from "#lib/api/route.ts";
import { listTokens } from "#lib/auth/read.ts";
import { rowsSchema, tokenSchema } from "#lib/auth/schema.ts";

export const GET = route({
  path: "/api/v1/tokens",
  summary: "All API tokens, without their secrets",
  permission: "tokens.read",
  response: rowsSchema(tokenSchema),
  handler: async () => ({ rows: await listTokens() }),
});
