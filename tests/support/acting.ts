import { randomUUID } from "node:crypto";
import { sql } from "#lib/db/sql.ts";
import type { RouteHandler } from "#lib/api/route.ts";
import { call } from "./access.ts";

/** What the API answers to an action that was done. */
export interface Done {
  id: string;
  state: string;
  result: Record<string, unknown>;
  once?: Record<string, string>;
}

export type Who = { cookie: string } | { token: string };

/** Submits actions to the given route as somebody. `key` repeats an earlier submission. */
export function acting(route: RouteHandler) {
  const submit = (
    who: Who,
    action: string,
    input: object,
    key: string = randomUUID(),
  ): Promise<Response> =>
    call(route, `/api/v1/actions/${action}`, {
      method: "POST",
      ...who,
      headers: { "idempotency-key": key },
      params: { action },
      body: { input, reason: "as the test asks" },
    });
  const done = async (who: Who, action: string, input: object, key?: string): Promise<Done> => {
    const answer = await submit(who, action, input, key);
    if (answer.status !== 200)
      throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Done;
  };
  return { submit, done };
}

/** The newest audit event of an action. */
export async function audited(action: string) {
  const { rows } = await sql.query<{
    target: string;
    actor_login: string;
    outcome: string;
    before: unknown;
    after: unknown;
    reason: string | null;
  }>(
    "SELECT target, actor_login, outcome, before, after, reason FROM audit_event WHERE action = $1 ORDER BY seq DESC LIMIT 1",
    [action],
  );
  return rows[0];
}

/** Where a text occurs in what the product keeps about actions, tokens and accounts: nowhere, when it is a secret. */
export async function keptIn(secret: string): Promise<string[]> {
  const { rows } = await sql.query<{ place: string }>(
    `SELECT place FROM (SELECT 'run' AS place, r::text AS text FROM action_run r UNION ALL SELECT 'audit', a::text FROM audit_event a
       UNION ALL SELECT 'token', t::text FROM api_token t UNION ALL SELECT 'account', u::text FROM user_account u
       UNION ALL SELECT 'session', s::text FROM session s) kept WHERE position($1 in text) > 0`,
    [secret],
  );
  return rows.map(({ place }) => place);
}
