import { route } from "#lib/api/route.ts";
import { listUsers } from "#lib/auth/read.ts";
import { rowsSchema, userSchema } from "#lib/auth/schema.ts";

export const GET = route({
  path: "/api/v1/users",
  summary: "All accounts",
  permission: "users.read",
  response: rowsSchema(userSchema),
  handler: async () => ({ rows: await listUsers() }),
});
