import { route } from "#lib/api/route.ts";
import { namedParams, readFromSignal, readPermission } from "#lib/api/signals.ts";

export const GET = route({
  path: "/api/v1/signals/{signal}/reads/{name}",
  summary: "One more read of a signal, by name",
  permission: readPermission,
  params: namedParams,
  handler: readFromSignal,
});
