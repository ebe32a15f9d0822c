import { AppError, isAppError } from "#lib/core/errors.ts";
import { transaction } from "#lib/db/sql.ts";
import { auditAuth } from "./audit.ts";
import { authOptions, type SignInTrace } from "./next-auth.ts";
import { type NextAuthAnswer, type NextAuthCall, runNextAuth } from "./next-auth-handler.ts";
import { oidcConfigured } from "./oidc.ts";

/** The steps of signing in, as API routes answer them. Each returns a Response with next-auth's cookies. */

type Step = Pick<NextAuthCall, "request"> & { requestId: string };

/** A token that the sign-in requests must repeat, besides coming from our own page. */
export async function csrfStep({ request, requestId }: Step): Promise<Response> {
  const { answer } = await run({ step: "csrf", request, query: {}, body: {} }, requestId);
  return withCookies(answer, Response.json(answer.body));
}

/** Checks login, password and code; sets the session cookie. Throws as `proveLogin` does. */
export async function passwordStep({
  request,
  requestId,
  body,
}: Step & { body: Record<string, unknown> }): Promise<Response> {
  const { answer, trace } = await run(
    { step: "callback/credentials", request, query: {}, body: { ...body, json: "true" } },
    requestId,
  );
  if (trace.failure) throw trace.failure;
  if (trace.sessionId === null) throw wrongCsrf();
  return withCookies(answer, Response.json({ signedIn: true }));
}

/** Where the browser must go to sign in at the identity provider. `again` asks it for the credentials even if it knows the person. */
export async function oidcStartStep({
  request,
  requestId,
  body,
}: Step & { body: { csrfToken: string; next: string; again: boolean } }): Promise<Response> {
  if (!oidcConfigured()) {
    throw new AppError("not_found", "No identity provider is set up", {
      remedy: "Sign in with a password.",
    });
  }
  const call = { csrfToken: body.csrfToken, callbackUrl: body.next, json: "true" };
  const query: Record<string, string> = body.again ? { prompt: "login", max_age: "0" } : {};
  const { answer } = await run({ step: "signin/oidc", request, query, body: call }, requestId);
  const url = (answer.body as { url?: unknown } | null)?.url;
  if (typeof url !== "string" || url.includes("csrf=true")) throw wrongCsrf();
  if (url.includes("/api/auth/error")) {
    throw new AppError("unavailable", "The identity provider cannot be reached", {
      remedy: "Try again in a moment; an operator should check OIDC_ISSUER.",
      retryAfterSeconds: 10,
    });
  }
  return withCookies(answer, Response.json({ url }));
}

/** The provider sends the browser back here: to where it wanted to go, or to the sign-in page with what went wrong. */
export async function oidcReturnStep({ request, requestId }: Step): Promise<Response> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const { answer, trace } = await run(
    { step: "callback/oidc", request, query, body: {} },
    requestId,
  );
  const refused = isAppError(trace.failure) ? trace.failure.code : null;
  // Whoever the provider vouched for was refused by us: that is worth a record; noise from strangers is not.
  if (refused !== null) {
    await transaction((tx) =>
      auditAuth(tx, { action: "auth.login", account: null, refused: true, requestId }),
    );
  }
  const code = refused ?? (trace.failure === null ? "oidc_failed" : "unavailable");
  const location = trace.sessionId === null ? `/login?error=${code}` : (answer.location ?? "/");
  return withCookies(answer, new Response(null, { status: 303, headers: { location } }));
}

async function run(
  call: NextAuthCall,
  requestId: string,
): Promise<{ answer: NextAuthAnswer; trace: SignInTrace }> {
  const trace: SignInTrace = { sessionId: null, failure: null };
  const answer = await runNextAuth(call, authOptions(call.request, requestId, trace));
  return { answer, trace };
}

function withCookies(answer: NextAuthAnswer, response: Response): Response {
  for (const cookie of answer.headers.getSetCookie()) response.headers.append("set-cookie", cookie);
  return response;
}

function wrongCsrf(): AppError {
  return new AppError("csrf_rejected", "The sign-in page is out of date", {
    remedy: "Reload it and try again.",
  });
}
