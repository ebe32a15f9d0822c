import * as metrics from "../metrics/route.ts";
import * as callbackCredentials from "./auth/callback/credentials/route.ts";
import * as callbackOidc from "./auth/callback/oidc/route.ts";
import * as csrf from "./auth/csrf/route.ts";
import * as signinOidc from "./auth/signin/oidc/route.ts";
import * as action from "./v1/actions/[action]/route.ts";
import * as actions from "./v1/actions/route.ts";
import * as audit from "./v1/audit/route.ts";
import * as events from "./v1/events/route.ts";
import * as health from "./v1/health/route.ts";
import * as mePassword from "./v1/me/password/route.ts";
import * as me from "./v1/me/route.ts";
import * as meSessions from "./v1/me/sessions/route.ts";
import * as signOut from "./v1/me/sign-out/route.ts";
import * as stepUp from "./v1/me/step-up/route.ts";
import * as totpDisable from "./v1/me/totp/disable/route.ts";
import * as totpEnable from "./v1/me/totp/enable/route.ts";
import * as totpSetup from "./v1/me/totp/setup/route.ts";
import * as overview from "./v1/overview/route.ts";
import * as ready from "./v1/ready/route.ts";
import * as sessions from "./v1/sessions/route.ts";
import * as signalItem from "./v1/signals/[signal]/[id]/route.ts";
import * as signalLive from "./v1/signals/[signal]/live/[name]/route.ts";
import * as signalRead from "./v1/signals/[signal]/reads/[name]/route.ts";
import * as signalList from "./v1/signals/[signal]/route.ts";
import * as signalSeries from "./v1/signals/[signal]/series/route.ts";
import * as tokens from "./v1/tokens/route.ts";
import * as users from "./v1/users/route.ts";

/**
 * Every route file, for OpenAPI and for the test that walks all routes with all roles; that test also fails for a file that
 * is missing here. (`/api/v1/openapi.json` adds itself: it imports this list.)
 */
export const ROUTE_MODULES = [
  action,
  actions,
  audit,
  callbackCredentials,
  callbackOidc,
  csrf,
  events,
  health,
  me,
  mePassword,
  meSessions,
  metrics,
  overview,
  ready,
  sessions,
  signalItem,
  signalList,
  signalLive,
  signalRead,
  signalSeries,
  signinOidc,
  signOut,
  stepUp,
  tokens,
  totpDisable,
  totpEnable,
  totpSetup,
  users,
];
