import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { MINUTE } from "#lib/core/time.ts";
import { revealTarget } from "../reveal.ts";
import { letterIdSchema } from "../schema.ts";

const REVEALED_MS = 5 * MINUTE;

const input = z.object({ id: letterIdSchema });

/** Lets one person see one letter unmasked for five minutes. Only the grant is stored, never what it shows. */
export const reveal = defineAction<z.output<typeof input>, { until: string }>({
  name: "deadletters.reveal",
  title: "Show payload",
  input,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx, actor, input: { id }, now }) {
    const [letter] = await tx.$queryRaw<{ sourceId: string }[]>`
      SELECT q.source_id AS "sourceId" FROM deadletters_letter l JOIN deadletters_queue q ON q.id = l.queue_id WHERE l.id = ${id}::bigint`;
    if (!letter) throw new AppError("not_found", `There is no dead letter ${id}`);
    const expiresAt = new Date(now.getTime() + REVEALED_MS);
    await tx.revealGrant.deleteMany({ where: { expiresAt: { lt: now } } });
    await tx.revealGrant.create({
      data: {
        actorId: actor.id,
        sourceId: letter.sourceId,
        target: revealTarget(id),
        expiresAt,
      },
    });
    const until = expiresAt.toISOString();
    return {
      result: { until },
      audit: {
        target: `dead letter ${id}`,
        before: { masked: true },
        after: { masked: false, until },
      },
    };
  },
});
