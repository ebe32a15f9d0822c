import { z } from "zod";
import { defineAction, type StoreAction } from "#lib/actions/define.ts";
import { sqlIn } from "#lib/db/client.ts";
import { requireExpected } from "../expected.ts";
import { letterById, notPossible } from "../letters.ts";
import { letterIdSchema, querySchema } from "../schema.ts";
import { maskedQuery } from "../search/meaning.ts";
import { frozenSelection } from "../search/select.ts";
import type { LetterState } from "../states.ts";
import { decide } from "../transition.ts";

const MAX_AT_ONCE = 1_000;

const lettersInput = z.object({ ids: z.array(letterIdSchema).min(1).max(MAX_AT_ONCE) });
type LettersInput = z.output<typeof lettersInput>;

/** How many were changed, and how many somebody else had changed before. */
interface Decided {
  changed: number;
  skipped: number;
}

/** Takes letters out of what is open. Their jobs stay where they are, and so does everything that is known of them. */
export const discard = defineAction<LettersInput, Decided>({
  name: "deadletters.discard",
  title: "Discard",
  input: lettersInput,
  risk: "low",
  approval: "none",
  where: "store",
  run: (deciding) => decideAll(deciding, ["dead", "gone", "unknown"], "discarded"),
});

/** More would not end within one transaction's time. */
const MAX_FOUND = 50_000;

const foundInput = z.object({
  q: querySchema,
  /** Both from the dry run: later failures are not part of it, and another number means that somebody was faster. */
  upTo: letterIdSchema,
  expected: z.int().positive().max(MAX_FOUND),
});

/** Discards what a search finds: exactly the letters that were counted, whatever arrives meanwhile. */
export const discardFound = defineAction<z.output<typeof foundInput>, Decided>({
  name: "deadletters.discardFound",
  title: "Discard what a search finds",
  input: foundInput,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx: prisma, actor, input, reason, runId, now }) {
    const tx = sqlIn(prisma);
    const { q, upTo, expected } = input;
    const { text, params } = await frozenSelection(tx, { q, upTo, actor, now });
    const { rows } = await tx.query<{ id: bigint }>(text, params);
    const ids = rows.map(({ id }) => id);
    requireExpected(ids.length, expected);
    const changed = await decide(tx, ids, ["dead"], "discarded", {
      by: actor.login,
      reason,
      runId,
    });
    requireExpected(changed.length, expected);
    return {
      result: { changed: changed.length, skipped: 0 },
      audit: {
        target: `${changed.length} dead letters`,
        before: { states: ["dead"] },
        after: { state: "discarded", q: maskedQuery(q), upTo, changed: changed.length },
      },
    };
  },
});

/** Puts discarded letters, and those whose outcome nobody could find out, back among the open ones. */
export const restore = defineAction<LettersInput, Decided>({
  name: "deadletters.restore",
  title: "Restore",
  input: lettersInput,
  risk: "low",
  approval: "none",
  where: "store",
  run: (deciding) => decideAll(deciding, ["discarded", "unknown"], "dead"),
});

type Deciding = Parameters<StoreAction<LettersInput, Decided>["run"]>[0];

async function decideAll(
  { tx: prisma, actor, input: { ids }, reason, runId }: Deciding,
  from: readonly LetterState[],
  to: "dead" | "discarded",
) {
  const tx = sqlIn(prisma);
  const wanted = [...new Set(ids)];
  const changed = await decide(tx, wanted.map(BigInt), from, to, {
    by: actor.login,
    reason,
    runId,
  });
  const [only] = wanted;
  if (wanted.length === 1 && only && changed.length === 0)
    throw notPossible(await letterById(tx, only), to === "dead" ? "restored" : "discarded");
  const skipped = wanted.length - changed.length;
  return {
    result: { changed: changed.length, skipped },
    audit: {
      target: wanted.length === 1 ? `dead letter ${only}` : `${changed.length} dead letters`,
      before: { states: [...from] },
      after: { state: to, ids: changed.map(String), skipped },
    },
  };
}
