import { route } from "#lib/api/route.ts";
import { oidcStartSchema } from "#lib/auth/schema.ts";
import { oidcStartStep } from "#lib/auth/sign-in-steps.ts";

export const POST = route({
  path: "/api/auth/signin/oidc",
  summary: "Begin signing in at the identity provider",
  permission: "public",
  body: oidcStartSchema,
  handler: oidcStartStep,
});
