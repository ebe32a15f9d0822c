import { route } from "#lib/api/route.ts";
import { beginTotp } from "#lib/auth/profile.ts";
import { totpSetupSchema } from "#lib/auth/schema.ts";

export const POST = route({
  path: "/api/v1/me/totp/setup",
  summary: "A fresh secret for one's authenticator; nothing is stored yet",
  permission: "signed-in",
  response: totpSetupSchema,
  handler: beginTotp,
});
