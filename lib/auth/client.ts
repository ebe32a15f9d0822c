import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { getJson, problemOf, sendJson } from "#lib/api/client.ts";
import {
  meSchema,
  rowsSchema,
  sessionSchema,
  tokenSchema,
  totpSetupSchema,
  userSchema,
} from "./schema.ts";

const done = z.object({ done: z.literal(true) });

async function csrfToken(): Promise<string> {
  return (await getJson("/api/auth/csrf", {}, z.object({ csrfToken: z.string() }))).csrfToken;
}

/** Signs in; the browser then holds the session's cookie. Throws ProblemError: `totp_required`, `rate_limited`, `unauthenticated` … */
export async function signInWithPassword(credentials: {
  login: string;
  password: string;
  totp?: string;
}): Promise<void> {
  const body = { ...credentials, csrfToken: await csrfToken() };
  await sendJson("/api/auth/callback/credentials", body, z.object({ signedIn: z.literal(true) }));
}

/** How long to wait after too many failures; 0 when the error says nothing of it. */
export function secondsToWait(error: unknown): number {
  return Math.ceil(problemOf(error)?.retryAfterSeconds ?? 0);
}

/** The address at the identity provider to go to; it leads back to `next`. `again` makes the provider ask for credentials. */
export async function startOidc(next: string, again: boolean): Promise<string> {
  const body = { next, again, csrfToken: await csrfToken() };
  return (await sendJson("/api/auth/signin/oidc", body, z.object({ url: z.string() }))).url;
}

export function proveAgain(proof: { password: string } | { totp: string }) {
  return sendJson("/api/v1/me/step-up", proof, done);
}

export function changePassword(input: { current: string; next: string }) {
  return sendJson("/api/v1/me/password", input, done);
}

export function setUpTotp() {
  return sendJson("/api/v1/me/totp/setup", {}, totpSetupSchema);
}

export function enableTotp(input: { sealed: string; code: string; password: string }) {
  return sendJson("/api/v1/me/totp/enable", input, done);
}

export function disableTotp(input: { password: string; totp: string }) {
  return sendJson("/api/v1/me/totp/disable", input, done);
}

export const ME_KEY = ["me"] as const;
export const OWN_SESSIONS_KEY = ["me", "sessions"] as const;
export const USERS_KEY = ["users"] as const;
export const SESSIONS_KEY = ["sessions"] as const;
export const TOKENS_KEY = ["tokens"] as const;

export function meQuery() {
  return queryOptions({
    queryKey: ME_KEY,
    queryFn: ({ signal }) => getJson("/api/v1/me", {}, meSchema, { signal }),
  });
}

function rowsQuery<Row extends z.ZodType>(queryKey: readonly string[], path: string, row: Row) {
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => getJson(path, {}, rowsSchema(row), { signal }),
  });
}

export const usersQuery = () => rowsQuery(USERS_KEY, "/api/v1/users", userSchema);
export const sessionsQuery = () => rowsQuery(SESSIONS_KEY, "/api/v1/sessions", sessionSchema);
export const ownSessionsQuery = () =>
  rowsQuery(OWN_SESSIONS_KEY, "/api/v1/me/sessions", sessionSchema);
export const tokensQuery = () => rowsQuery(TOKENS_KEY, "/api/v1/tokens", tokenSchema);
