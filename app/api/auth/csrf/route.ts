import { route } from "#lib/api/route.ts";
import { csrfStep } from "#lib/auth/sign-in-steps.ts";

export const GET = route({
  path: "/api/auth/csrf",
  summary: "The token that a sign-in must repeat",
  permission: "public",
  withoutDatabase: true,
  handler: csrfStep,
});
