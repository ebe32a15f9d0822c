import { route } from "#lib/api/route.ts";
import { getFromSignal, itemParams, readPermission } from "#lib/api/signals.ts";

export const GET = route({
  path: "/api/v1/signals/{signal}/{id}",
  summary: "One thing that a signal watches",
  permission: readPermission,
  params: itemParams,
  handler: getFromSignal,
});
