import { answerPasswordChange } from "#lib/api/me.ts";
import { route } from "#lib/api/route.ts";
import { passwordChangeSchema } from "#lib/auth/schema.ts";

export const POST = route({
  path: "/api/v1/me/password",
  summary: "Change one's own password; all other sessions end",
  permission: "signed-in",
  body: passwordChangeSchema,
  handler: answerPasswordChange,
});
