import { type Role, ROLES } from "#lib/auth/actor.ts";

/**
 * What every route must answer to whom, written down by hand and on purpose not derived from the policy in the code:
 * a change there that opens or closes something must be made here too.
 */
export interface RouteRow {
  method: "GET" | "POST";
  /** The file's address: `/api/v1/signals/{signal}`. */
  path: string;
  /** What is put in for `{…}`. */
  params?: Record<string, string>;
  search?: string;
  body?: unknown;
  who: "public" | "signed-in" | readonly Role[];
  /** The status for whoever may: without meaningful input it is often a refusal of the input. */
  ok: number;
  /** Where a token gets another answer than a person. */
  okForToken?: number;
}

const EVERYBODY_BUT_VIEWERS: readonly Role[] = ["oncall", "finance", "approver", "admin"];
const ADMIN: readonly Role[] = ["admin"];
const OPERATORS: readonly Role[] = ["oncall", "admin"];
const NOBODYS_RUN = "00000000-0000-4000-8000-000000000000";

const ROUTES: readonly RouteRow[] = [
  { method: "GET", path: "/api/auth/csrf", who: "public", ok: 200 },
  { method: "POST", path: "/api/auth/callback/credentials", who: "public", ok: 422 },
  { method: "POST", path: "/api/auth/signin/oidc", who: "public", ok: 422 },
  { method: "GET", path: "/api/auth/callback/oidc", who: "public", ok: 303 },
  { method: "GET", path: "/api/v1/health", who: "public", ok: 200 },
  { method: "GET", path: "/api/v1/ready", who: "public", ok: 200 },

  { method: "GET", path: "/api/v1/me", who: "signed-in", ok: 200 },
  { method: "GET", path: "/api/v1/me/sessions", who: "signed-in", ok: 200, okForToken: 403 },
  { method: "POST", path: "/api/v1/me/sign-out", who: "signed-in", ok: 200, okForToken: 403 },
  { method: "POST", path: "/api/v1/me/step-up", who: "signed-in", ok: 422 },
  { method: "POST", path: "/api/v1/me/password", who: "signed-in", ok: 422 },
  { method: "POST", path: "/api/v1/me/totp/setup", who: "signed-in", ok: 200, okForToken: 403 },
  { method: "POST", path: "/api/v1/me/totp/enable", who: "signed-in", ok: 422 },
  { method: "POST", path: "/api/v1/me/totp/disable", who: "signed-in", ok: 422 },
  { method: "GET", path: "/api/v1/events", who: "signed-in", ok: 200 },
  { method: "GET", path: "/api/v1/openapi.json", who: "signed-in", ok: 200 },

  { method: "GET", path: "/api/v1/overview", who: ROLES, ok: 200 },
  { method: "GET", path: "/metrics", who: ROLES, ok: 200 },
  { method: "GET", path: "/api/v1/audit", who: EVERYBODY_BUT_VIEWERS, ok: 200 },
  { method: "GET", path: "/api/v1/users", who: ADMIN, ok: 200 },
  { method: "GET", path: "/api/v1/sessions", who: ADMIN, ok: 200 },
  { method: "GET", path: "/api/v1/tokens", who: ADMIN, ok: 200 },

  ...signal("queries"),
  ...signal("caches"),
  ...signal("queues"),
  // Its history needs no parameter.
  ...signal("deadletters", 200),
  { ...signal("nonsense")[0], ok: 404 } as RouteRow,

  { method: "GET", path: "/api/v1/actions", who: "signed-in", ok: 400 },
  {
    method: "GET",
    path: "/api/v1/actions/{action}",
    params: { action: NOBODYS_RUN },
    who: "signed-in",
    ok: 404,
  },
  ...actions(OPERATORS, [
    "queues.retry",
    "queues.promote",
    "queues.pause",
    "queues.resume",
    "queues.reveal",
    "queues.spread",
    "queues.runScheduler",
    "queues.pauseScheduler",
    "queues.resumeScheduler",
    "queries.explain",
    "deadletters.retry",
    "deadletters.edit",
    "deadletters.revert",
    "deadletters.move",
    "deadletters.discard",
    "deadletters.discardFound",
    "deadletters.restore",
    "deadletters.reveal",
    "deadletters.saveView",
    "deadletters.removeView",
    "redrives.start",
    "redrives.pause",
    "redrives.resume",
    "redrives.cancel",
    "redrives.setRate",
  ]),
  ...actions(ADMIN, ["queues.remove", "queues.drain", "queues.clean", "sessions.revoke"]),
  ...actions(ADMIN, [
    "users.create",
    "users.disable",
    "users.enable",
    "users.setRoles",
    "users.resetPassword",
  ]),
  ...actions(ADMIN, ["tokens.create", "tokens.rotate", "tokens.revoke"]),
  ...actions(ROLES, ["profile.endSession"]),
  { ...(actions("signed-in", ["queues.nonsense"])[0] as RouteRow), ok: 404 },
];

function signal(id: string, series = 400): RouteRow[] {
  const path = "/api/v1/signals/{signal}";
  const params = { signal: id };
  return [
    { method: "GET", path, params, who: ROLES, ok: 200 },
    { method: "GET", path, params, search: "?format=csv", who: ROLES, ok: 200 },
    {
      method: "GET",
      path: `${path}/{id}`,
      params: { ...params, id: "nothing" },
      who: ROLES,
      ok: 404,
    },
    { method: "GET", path: `${path}/series`, params, who: ROLES, ok: series },
    {
      method: "GET",
      path: `${path}/live/{name}`,
      params: { ...params, name: "nothing" },
      who: ROLES,
      ok: 400,
    },
    {
      method: "GET",
      path: `${path}/reads/{name}`,
      params: { ...params, name: "nothing" },
      who: ROLES,
      ok: 404,
    },
  ];
}

/** Without an Idempotency-Key: whoever may is asked for one, so that nothing happens; whoever may not is refused before. */
function actions(who: RouteRow["who"], names: readonly string[]): RouteRow[] {
  return names.map((action) => ({
    method: "POST",
    path: "/api/v1/actions/{action}",
    params: { action },
    body: { input: {}, reason: "walking every route" },
    who,
    ok: 400,
  }));
}

export const ROUTE_TABLE = ROUTES;

/** The address to call. */
export function addressOf({ path, params = {}, search = "" }: RouteRow): string {
  return (
    path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(params[name] ?? "")) +
    search
  );
}

/** The exact status for somebody with these roles; null means nobody at all. */
export function expectedStatus(
  row: RouteRow,
  roles: readonly Role[] | null,
  via: "session" | "token",
): number {
  if (row.who !== "public") {
    if (roles === null) return 401;
    if (row.who !== "signed-in" && !row.who.some((role) => roles.includes(role))) return 403;
  }
  return via === "token" ? (row.okForToken ?? row.ok) : row.ok;
}
