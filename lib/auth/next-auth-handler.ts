import type { NextApiRequest, NextApiResponse } from "next";
import type { AuthOptions } from "next-auth";
import * as nextAuthModule from "next-auth";
import { env } from "#lib/config/env.ts";
import { parseCookies } from "./cookie.ts";

/** The steps of next-auth that we use. The rest of its endpoints does not exist here. */
export type NextAuthStep = "csrf" | "signin/oidc" | "callback/oidc" | "callback/credentials";

export interface NextAuthCall {
  step: NextAuthStep;
  request: Request;
  /** Only what this step may see: parameters of a sign-in request would reach the provider. */
  query: Record<string, string>;
  body: Record<string, unknown>;
}

export interface NextAuthAnswer {
  status: number;
  headers: Headers;
  location: string | null;
  body: unknown;
}

type Run = (
  request: NextApiRequest,
  response: NextApiResponse,
  options: AuthOptions,
) => Promise<unknown>;

/** Node and bundlers disagree about the default export of a CommonJS module that has a `default` of its own. */
function nextAuth(): Run {
  const outer = nextAuthModule.default as unknown as Run | { default: Run };
  return typeof outer === "function" ? outer : outer.default;
}

/**
 * Runs one step of next-auth on a plain Request. Its app-router form reads Next's ambient request instead, so it could be
 * neither wrapped by our routes nor tested without a server; its other form takes what it is given.
 */
export async function runNextAuth(
  { step, request, query, body }: NextAuthCall,
  options: AuthOptions,
): Promise<NextAuthAnswer> {
  // next-auth builds its callback address from this variable and from nothing that a client sends.
  process.env["NEXTAUTH_URL"] = env().PLUMBLINE_URL;
  const answer: NextAuthAnswer = {
    status: 200,
    headers: new Headers(),
    location: null,
    body: null,
  };
  const call = {
    method: request.method,
    query: { ...query, nextauth: step.split("/") },
    body: request.method === "POST" ? body : undefined,
    cookies: Object.fromEntries(parseCookies(request.headers.get("cookie"))),
    headers: Object.fromEntries(request.headers),
  };
  await nextAuth()(
    call as unknown as NextApiRequest,
    recorder(answer) as unknown as NextApiResponse,
    options,
  );
  return answer;
}

/** The part of Node's response that next-auth uses. */
function recorder(answer: NextAuthAnswer) {
  const response = {
    status(code: number) {
      answer.status = code;
      return response;
    },
    getHeader: (name: string) =>
      name.toLowerCase() === "set-cookie"
        ? answer.headers.getSetCookie()
        : (answer.headers.get(name) ?? undefined),
    setHeader(name: string, value: string | string[]) {
      answer.headers.delete(name);
      if (name.toLowerCase() === "location") answer.location = String(value);
      else for (const one of [value].flat()) answer.headers.append(name, one);
      return response;
    },
    json: (body: unknown) => void (answer.body = body),
    send: (body: unknown) => void (answer.body = body),
    end: () => {},
  };
  return response;
}
