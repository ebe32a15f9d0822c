import { route } from "#lib/api/route.ts";
import { liveFromSignal, namedParams, readPermission } from "#lib/api/signals.ts";

export const GET = route({
  path: "/api/v1/signals/{signal}/live/{name}",
  summary: "A bounded look at the target itself, answered by a worker",
  permission: readPermission,
  params: namedParams,
  handler: liveFromSignal,
});
