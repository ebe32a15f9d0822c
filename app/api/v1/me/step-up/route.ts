import { answerStepUp } from "#lib/api/me.ts";
import { route } from "#lib/api/route.ts";
import { proofSchema } from "#lib/auth/schema.ts";

export const POST = route({
  path: "/api/v1/me/step-up",
  summary: "Prove again who you are, as dangerous actions ask",
  permission: "signed-in",
  body: proofSchema,
  handler: answerStepUp,
});
