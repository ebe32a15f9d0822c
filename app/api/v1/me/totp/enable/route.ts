import { answerTotpEnable } from "#lib/api/me.ts";
import { route } from "#lib/api/route.ts";
import { totpEnableSchema } from "#lib/auth/schema.ts";

export const POST = route({
  path: "/api/v1/me/totp/enable",
  summary: "Ask for one-time codes at one's sign-ins from now on",
  permission: "signed-in",
  body: totpEnableSchema,
  handler: answerTotpEnable,
});
