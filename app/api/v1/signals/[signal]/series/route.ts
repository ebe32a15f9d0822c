import { route } from "#lib/api/route.ts";
import { readPermission, seriesOfSignal, signalParams } from "#lib/api/signals.ts";

export const GET = route({
  path: "/api/v1/signals/{signal}/series",
  summary: "History of a signal's measurements",
  permission: readPermission,
  params: signalParams,
  handler: seriesOfSignal,
});
