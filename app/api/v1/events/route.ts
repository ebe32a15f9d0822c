import { eventStream } from "#lib/api/events.ts";
import { route } from "#lib/api/route.ts";

export const GET = route({
  path: "/api/v1/events",
  summary: "Server-sent events: which query keys changed",
  permission: "signed-in",
  handler: ({ actor, request }) => eventStream(actor, request),
});
