import { AppError } from "#lib/core/errors.ts";
import type { Actor } from "./actor.ts";
import { openSessionCookie } from "./cookie.ts";
import { type LiveSession, useSession } from "./sessions.ts";
import { useToken } from "./tokens.ts";

/**
 * Who sends this request, by API token or session cookie. A request with an Authorization header is judged by it alone.
 * Throws `unauthenticated` when nobody can be named.
 */
export async function getActor(request: Request): Promise<Actor> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) return tokenActor(authorization);
  const actor = await actorOfCookie(request.headers.get("cookie"));
  if (!actor) throw signInFirst();
  return actor;
}

/** The person behind a Cookie header, or null. */
export async function actorOfCookie(cookieHeader: string | null): Promise<Actor | null> {
  const sessionId = await openSessionCookie(cookieHeader);
  const session = sessionId === null ? null : await useSession(sessionId);
  return session && sessionActor(session);
}

function sessionActor(session: LiveSession): Actor {
  return {
    id: `user:${session.userId}`,
    login: session.login,
    roles: session.roles,
    via: "session",
    sessionId: session.id,
    authAt: session.authAt,
  };
}

async function tokenActor(authorization: string): Promise<Actor> {
  const secret = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  const token = secret === undefined ? null : await useToken(secret);
  if (!token) {
    throw new AppError("unauthenticated", "This API token is not valid", {
      detail: "It is unknown, expired or revoked, or the account that made it is disabled.",
      remedy: "Ask an administrator for a new token.",
    });
  }
  return {
    id: `token:${token.id}`,
    login: `${token.creator} (token ${token.name})`,
    roles: token.roles,
    via: "token",
    sessionId: null,
    authAt: null,
  };
}

function signInFirst(): AppError {
  return new AppError("unauthenticated", "You are not signed in", {
    detail: "There is no session, or it has ended.",
    remedy: "Sign in, or send an API token as `Authorization: Bearer …`.",
  });
}
