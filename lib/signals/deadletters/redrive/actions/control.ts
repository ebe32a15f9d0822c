import { z } from "zod";
import { defineAction, type StoreAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sqlIn } from "#lib/db/client.ts";
import type { Sql } from "#lib/db/sql.ts";
import { redriveIdSchema } from "../../redrive-schema.ts";
import type { RedriveState } from "../../states.ts";
import { ACTIVE_STATES } from "../blocked.ts";

type Input = z.output<typeof redriveIdSchema>;

/** Nothing is sent from now on; what is being sent in this moment is recorded. */
export const pause = control(
  "redrives.pause",
  "Pause redrive",
  ["running", "canary", "held"],
  () => ({
    state: "paused",
  }),
);

/** It goes on: also past a canary whose outcome is not known, and past an open breaker. Somebody says so. */
export const resume = control("redrives.resume", "Resume redrive", ["paused", "held"], (row) => {
  const passedCanary = row.passedCanary || row.heldFor === "canary";
  const state = passedCanary ? "running" : "canary";
  return { state, passedCanary, ignoresBreaker: row.heldFor === "breaker" };
});

/** Ends it where it is: what was not sent stays dead. */
export const cancel = control("redrives.cancel", "Cancel redrive", ACTIVE_STATES, () => ({
  state: "cancelled",
}));

export const setRate = defineAction<Input & { rate: number }, { rate: number }>({
  name: "redrives.setRate",
  title: "Change rate",
  input: redriveIdSchema.extend({ rate: z.int().min(1).max(2_000) }),
  risk: "low",
  approval: "none",
  where: "store",
  async run({ tx: prisma, input: { id, rate } }) {
    const tx = sqlIn(prisma);
    const row = await lockedRedrive(tx, id, ACTIVE_STATES, "change its rate");
    await tx.query("UPDATE deadletters_redrive SET rate = $2 WHERE id = $1::uuid", [id, rate]);
    return {
      result: { rate },
      audit: { target: targetOf(row), before: { rate: row.rate }, after: { rate } },
    };
  },
});

interface Row {
  name: string;
  queue: string;
  state: RedriveState;
  rate: number;
  heldFor: string | null;
  passedCanary: boolean;
}

function control(
  name: `redrives.${string}`,
  title: string,
  from: readonly RedriveState[],
  next: (row: Row) => { state: RedriveState; passedCanary?: boolean; ignoresBreaker?: boolean },
) {
  const action: StoreAction<Input, { state: RedriveState }> = {
    name,
    title,
    input: redriveIdSchema,
    risk: "low",
    approval: "none",
    where: "store",
    async run({ tx: prisma, input: { id } }) {
      const tx = sqlIn(prisma);
      const row = await lockedRedrive(tx, id, from, title.toLowerCase());
      const { state, passedCanary = false, ignoresBreaker = false } = next(row);
      // Nobody works on it: whoever looks next takes it at once.
      await tx.query(
        `UPDATE deadletters_redrive SET state = $2, passed_canary = passed_canary OR $3, ignores_breaker = ignores_breaker OR $4,
           held_for = NULL, note = NULL, lease_until = CASE WHEN lease_token IS NULL THEN NULL ELSE lease_until END
         WHERE id = $1::uuid`,
        [id, state, passedCanary, ignoresBreaker],
      );
      return {
        result: { state },
        audit: { target: targetOf(row), before: { state: row.state }, after: { state } },
      };
    },
  };
  return defineAction(action);
}

/** The row, which nobody else changes until the transaction ends. Throws `not_found`, or `conflict` with the state it is in. */
async function lockedRedrive(
  tx: Sql,
  id: string,
  from: readonly RedriveState[],
  wanted: string,
): Promise<Row> {
  const { rows } = await tx.query<Row>(
    `SELECT r.name, q.key AS queue, r.state, r.rate, r.held_for AS "heldFor", r.passed_canary AS "passedCanary"
     FROM deadletters_redrive r JOIN deadletters_queue q ON q.id = r.queue_id WHERE r.id = $1::uuid FOR UPDATE OF r`,
    [id],
  );
  const row = rows[0];
  if (!row) throw new AppError("not_found", "There is no such redrive");
  if (from.includes(row.state)) return row;
  throw new AppError("conflict", `The redrive "${row.name}" is ${row.state}`, {
    detail: `Nothing was done: only a redrive that is ${from.join(" or ")} lets anybody ${wanted}.`,
  });
}

const targetOf = ({ name, queue }: Row): string => `redrive "${name}" of ${queue}`;
