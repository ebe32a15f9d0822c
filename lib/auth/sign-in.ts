import { type Sql, transaction } from "#lib/db/sql.ts";
import type { Account } from "./accounts.ts";
import { auditAuth } from "./audit.ts";
import { openSessionCookie } from "./cookie.ts";
import { proveLogin, type Proof } from "./credentials.ts";
import {
  type Client,
  createSession,
  type LiveSession,
  type NewSession,
  revokeSessions,
  useSession,
} from "./sessions.ts";

export interface SignIn extends Client {
  requestId: string;
  /** The Cookie header: a session that is already open ends when another begins. */
  cookie: string | null;
}

/** Signs a local account in and returns the new session's opaque id. Throws as `proveLogin` does. */
export async function signInWithPassword(
  login: string,
  proof: Proof,
  from: SignIn,
): Promise<string> {
  const previous = await currentSession(from.cookie);
  const attempt = {
    action: "auth.login",
    address: from.address,
    requestId: from.requestId,
  } as const;
  return proveLogin(login, proof, attempt, (tx, account) =>
    replaceSession(tx, previous, sessionFor(account, "password", from)),
  );
}

/** Signs an account in that an identity provider vouched for, at `authAt`. */
export async function signInVouched(account: Account, authAt: Date, from: SignIn): Promise<string> {
  const previous = await currentSession(from.cookie);
  return transaction(async (tx) => {
    const session = { ...sessionFor(account, "oidc", from), authAt };
    const id = await replaceSession(tx, previous, session);
    await auditAuth(tx, { action: "auth.login", account, requestId: from.requestId });
    return id;
  });
}

/** Ends the session of this Cookie header, if there is one. */
export async function signOut(cookie: string | null, requestId: string): Promise<void> {
  const session = await currentSession(cookie);
  if (!session) return;
  await transaction(async (tx) => {
    await revokeSessions(tx, { id: session.id });
    const account = { id: session.userId, login: session.login };
    await auditAuth(tx, { action: "auth.logout", account, requestId });
  });
}

function sessionFor(
  account: Account,
  via: NewSession["via"],
  { address, userAgent }: Client,
): NewSession {
  return { userId: account.id, via, address, userAgent };
}

async function replaceSession(
  tx: Sql,
  previous: LiveSession | null,
  next: NewSession,
): Promise<string> {
  if (previous) await revokeSessions(tx, { id: previous.id });
  return createSession(tx, next);
}

async function currentSession(cookie: string | null): Promise<LiveSession | null> {
  const id = await openSessionCookie(cookie);
  return id === null ? null : useSession(id);
}
