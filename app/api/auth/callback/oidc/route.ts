import { route } from "#lib/api/route.ts";
import { oidcReturnStep } from "#lib/auth/sign-in-steps.ts";

export const GET = route({
  path: "/api/auth/callback/oidc",
  summary: "Where the identity provider sends the browser back to",
  permission: "public",
  handler: oidcReturnStep,
});
