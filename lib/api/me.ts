import type { z } from "zod";
import { clientAddress } from "#lib/auth/client-address.ts";
import { sessionCookieHeader } from "#lib/auth/cookie.ts";
import {
  changePassword,
  disableTotp,
  enableTotp,
  type OwnChange,
  stepUp,
} from "#lib/auth/profile.ts";
import type {
  passwordChangeSchema,
  proofSchema,
  totpDisableSchema,
  totpEnableSchema,
} from "#lib/auth/schema.ts";
import { personOf } from "#lib/auth/person.ts";
import { signOut } from "#lib/auth/sign-in.ts";
import type { RouteContext } from "./route.ts";

type Context<Body> = Pick<
  RouteContext<unknown, unknown, Body>,
  "actor" | "request" | "requestId" | "body"
>;

/** Ends this browser's session and removes its cookie. */
export async function answerSignOut({
  actor,
  request,
  requestId,
}: Context<unknown>): Promise<Response> {
  personOf(actor);
  await signOut(request.headers.get("cookie"), requestId);
  return withSession(null);
}

export async function answerStepUp(
  context: Context<z.output<typeof proofSchema>>,
): Promise<Response> {
  return withSession(await stepUp(changeOf(context), context.body));
}

export async function answerPasswordChange(
  context: Context<z.output<typeof passwordChangeSchema>>,
): Promise<Response> {
  const { current, next } = context.body;
  return withSession(await changePassword(changeOf(context), current, next));
}

export async function answerTotpEnable(
  context: Context<z.output<typeof totpEnableSchema>>,
): Promise<Response> {
  return withSession(await enableTotp(changeOf(context), context.body));
}

export async function answerTotpDisable(
  context: Context<z.output<typeof totpDisableSchema>>,
): Promise<Response> {
  return withSession(await disableTotp(changeOf(context), context.body));
}

function changeOf({ actor, request, requestId }: Context<unknown>): OwnChange {
  return { actor, address: clientAddress(request), requestId };
}

/** The browser's next session id; null signs it out. */
async function withSession(sessionId: string | null): Promise<Response> {
  return Response.json(
    { done: true },
    { headers: { "set-cookie": await sessionCookieHeader(sessionId) } },
  );
}
