import { answerSignOut } from "#lib/api/me.ts";
import { route } from "#lib/api/route.ts";

export const POST = route({
  path: "/api/v1/me/sign-out",
  summary: "End this session",
  permission: "signed-in",
  handler: answerSignOut,
});
