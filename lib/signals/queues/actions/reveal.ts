import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { MINUTE } from "#lib/core/time.ts";
import { revealTarget } from "../ids.ts";
import { jobInput } from "#lib/sources/bullmq/acting.ts";

const REVEALED_MS = 5 * MINUTE;

const input = jobInput.extend({
  /** The source's name. */
  source: z.string().min(1).max(200),
});

/** Lets one person see one job unmasked for five minutes. Only the grant is stored, never what it shows. */
export const reveal = defineAction<z.output<typeof input>, { until: string }>({
  name: "queues.reveal",
  title: "Show payload",
  input,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx, actor, input: { source: name, queue, job }, now }) {
    const source = await tx.source.findUnique({ where: { name }, select: { id: true } });
    if (!source) throw new AppError("not_found", `There is no source ${name}`);
    const target = revealTarget(queue, job);
    const expiresAt = new Date(now.getTime() + REVEALED_MS);
    await tx.revealGrant.deleteMany({ where: { expiresAt: { lt: now } } });
    await tx.revealGrant.create({
      data: { actorId: actor.id, sourceId: source.id, target, expiresAt },
    });
    const until = expiresAt.toISOString();
    return {
      result: { until },
      audit: {
        target: `${name} ${target}`,
        before: { masked: true },
        after: { masked: false, until },
      },
    };
  },
});
