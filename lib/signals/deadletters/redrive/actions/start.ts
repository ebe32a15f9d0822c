import type { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { requireFreshProof } from "#lib/actions/step-up.ts";
import type { Actor } from "#lib/auth/actor.ts";
import { sqlIn } from "#lib/db/client.ts";
import { startRedriveSchema } from "../../redrive-schema.ts";
import { maskedQuery } from "../../search/meaning.ts";
import { frozenSelection } from "../../search/select.ts";
import { coveredQueues, type Covered, freezeItems, insertRedrives } from "../freeze.ts";
import { requireStartable } from "../startable.ts";

type Input = z.output<typeof startRedriveSchema>;

const TITLE = "Start redrive";
/** More at once asks for the password again. */
const MANY = 10_000;

interface Started {
  redrives: { id: string; queue: string; total: number }[];
}

/** Freezes which letters a search finds, and starts one redrive per queue. A worker carries it on from here. */
export const start = defineAction<Input, Started>({
  name: "redrives.start",
  title: TITLE,
  input: startRedriveSchema,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx: prisma, actor, input, reason, runId, now }) {
    requireProofForMany(actor, input);
    const tx = sqlIn(prisma);
    const selection = await frozenSelection(tx, { q: input.q, upTo: input.upTo, actor, now });
    const covered = await coveredQueues(tx, selection);
    await requireStartable(tx, covered, input);
    const redrives = await insertRedrives(tx, covered, { input, actor, reason, runId });
    await freezeItems(tx, selection, redrives);
    const started = redrives.map(({ id, key, count }) => ({ id, queue: key, total: count }));
    return {
      result: { redrives: started },
      audit: {
        target: targetOf(covered),
        before: { dead: input.expected },
        after: { ...input, q: maskedQuery(input.q), redrives: started },
      },
    };
  },
});

/** Many letters, or jobs that end up where they never were, are not started by a session that somebody left open. */
function requireProofForMany(actor: Actor, { expected, target }: Input): void {
  if (expected > MANY || target !== null) requireFreshProof(TITLE, actor);
}

function targetOf(covered: readonly Covered[]): string {
  const total = covered.reduce((sum, { count }) => sum + count, 0);
  const [only] = covered;
  const where = covered.length === 1 && only ? only.key : `${covered.length} queues`;
  return `${total} dead letters of ${where}`;
}
