import { route } from "#lib/api/route.ts";
import { listSignal, readPermission, signalParams } from "#lib/api/signals.ts";

export const GET = route({
  path: "/api/v1/signals/{signal}",
  summary: "What a signal watches, as a list; `format=csv` exports it",
  permission: readPermission,
  params: signalParams,
  handler: listSignal,
});
