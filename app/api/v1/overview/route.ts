import { route } from "#lib/api/route.ts";
import { sharedReads } from "#lib/api/shared-reads.ts";
import { readOverview } from "#lib/overview/read.ts";
import { overviewReadingSchema } from "#lib/overview/schema.ts";

export const GET = route({
  path: "/api/v1/overview",
  summary: "Every source with the freshness and the open problems of its signals",
  permission: "sources.read",
  response: overviewReadingSchema,
  handler: ({ actor }) =>
    sharedReads()(`overview ${actor.roles.toSorted()}`, () =>
      readOverview({ actor, now: new Date() }),
    ),
});
