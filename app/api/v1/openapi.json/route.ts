import { openApi } from "#lib/api/openapi.ts";
import { route, type RouteHandler } from "#lib/api/route.ts";
import { ACTIONS } from "#lib/actions/index.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import { ROUTE_MODULES } from "../../routes.ts";

export const GET: RouteHandler = route({
  path: "/api/v1/openapi.json",
  summary: "This API as OpenAPI 3.1",
  permission: "signed-in",
  handler: () =>
    openApi({ modules: [...ROUTE_MODULES, { GET }], signals: SIGNALS, actions: ACTIONS }),
});
