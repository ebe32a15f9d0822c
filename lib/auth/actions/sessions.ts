import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sqlIn } from "#lib/db/client.ts";
import type { Sql } from "#lib/db/sql.ts";
import { revokeSessions } from "../sessions.ts";

const input = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) });

const revoke = defineAction({
  name: "sessions.revoke",
  title: "End session",
  where: "store",
  risk: "low",
  approval: "none",
  input,
  run: ({ tx, input: { id } }) => end(sqlIn(tx), id, null),
});

/** Everybody may end sessions of their own. */
const revokeOwn = defineAction({
  name: "profile.endSession",
  title: "End session",
  where: "store",
  risk: "low",
  approval: "none",
  input,
  run: ({ tx, actor, input: { id } }) => end(sqlIn(tx), id, actor.id),
});

export const SESSION_ACTIONS = [revoke, revokeOwn];

async function end(tx: Sql, id: string, ownerId: string | null) {
  const { rows } = await tx.query<{ login: string; owner: string }>(
    `SELECT u.login, 'user:' || u.id AS owner FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.id = $1`,
    [id],
  );
  const [session] = rows;
  if (!session || (ownerId !== null && session.owner !== ownerId)) {
    throw new AppError("not_found", "There is no such session", {
      remedy: "It may have ended already; reload the list.",
    });
  }
  const ended = await revokeSessions(tx, { id });
  const target = `session of ${session.login}`;
  return {
    result: { login: session.login, ended },
    audit: { target, before: { live: ended === 1 }, after: { live: false } },
  };
}
