import { answerTotpDisable } from "#lib/api/me.ts";
import { route } from "#lib/api/route.ts";
import { totpDisableSchema } from "#lib/auth/schema.ts";

export const POST = route({
  path: "/api/v1/me/totp/disable",
  summary: "No longer ask for one-time codes",
  permission: "signed-in",
  body: totpDisableSchema,
  handler: answerTotpDisable,
});
