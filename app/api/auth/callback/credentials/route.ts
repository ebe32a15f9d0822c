import { route } from "#lib/api/route.ts";
import { credentialsSchema } from "#lib/auth/schema.ts";
import { passwordStep } from "#lib/auth/sign-in-steps.ts";

export const POST = route({
  path: "/api/auth/callback/credentials",
  summary: "Sign in with login, password and, where set up, a one-time code",
  permission: "public",
  body: credentialsSchema,
  handler: passwordStep,
});
