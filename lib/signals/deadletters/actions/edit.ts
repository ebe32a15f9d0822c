import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sha256 } from "#lib/core/ids.ts";
import { sqlIn } from "#lib/db/client.ts";
import { contentOf, lockedLetter, notPossible, requireEditable } from "../letters.ts";
import { MAX_EDIT } from "../schema.ts";
import { letterInput } from "./claiming.ts";

const editInput = letterInput.extend({
  /** The whole new payload as text: numbers of any length survive. */
  data: z.string().max(MAX_EDIT),
  /** SHA-256 of the payload it was made from. */
  from: z.string().length(64),
});

/** Keeps a changed payload beside the original. Nothing happens to the job until somebody retries it with that payload. */
export const edit = defineAction<z.output<typeof editInput>, Record<never, never>>({
  name: "deadletters.edit",
  title: "Edit payload",
  input: editInput,
  risk: "dangerous",
  approval: "none",
  where: "store",
  keep: ({ id, from }) => ({ id, from }),

  async run({ tx: prisma, actor, input: { id, data, from } }) {
    const tx = sqlIn(prisma);
    const letter = await lockedLetter(tx, id);
    requireEditable(letter);
    if (letter.state !== "dead") throw notPossible(letter, "edited");
    if (letter.payloadHash !== from) throw madeFromAnother(id);
    requireUsable(data, (await contentOf(tx, letter.id)).data);
    const hash = sha256(data);
    if (hash === from) throw new AppError("validation_failed", "The payload is as it was");
    await tx.query(
      `INSERT INTO deadletters_edit (letter_id, data, payload_hash, by) VALUES ($1::bigint, $2, $3, $4)
       ON CONFLICT (letter_id) DO UPDATE SET data = EXCLUDED.data, payload_hash = EXCLUDED.payload_hash, by = EXCLUDED.by, at = now()`,
      [id, Buffer.from(data, "utf8"), hash, actor.login],
    );
    return {
      // No hash is kept: whoever reads runs and the audit could try card numbers until one fits.
      result: {},
      once: { edit: hash },
      audit: {
        target: `dead letter ${id}`,
        before: { edited: letter.editHash !== null },
        after: { edited: true, bytes: Buffer.byteLength(data) },
      },
    };
  },
});

/** Throws away a changed payload; the original was never touched. */
export const revert = defineAction<z.output<typeof letterInput>, Record<never, never>>({
  name: "deadletters.revert",
  title: "Take the change back",
  input: letterInput,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx: prisma, input: { id } }) {
    const tx = sqlIn(prisma);
    const letter = await lockedLetter(tx, id);
    if (letter.state !== "dead") throw notPossible(letter, "changed");
    if (!letter.editHash)
      throw new AppError("precondition_failed", `Dead letter ${id} has no changed payload`);
    await tx.query("DELETE FROM deadletters_edit WHERE letter_id = $1::bigint", [id]);
    return {
      result: {},
      audit: {
        target: `dead letter ${id}`,
        before: { edited: true },
        after: { edited: false },
      },
    };
  },
});

function madeFromAnother(id: string): AppError {
  return new AppError("conflict", `Dead letter ${id} has another payload than the one shown`, {
    remedy: "Load it again, then make the change anew.",
  });
}

/** Workers parse payloads as JSON; only what was no JSON before may stay none. */
function requireUsable(data: string, original: Buffer | null): void {
  if (isJson(data) || (original && !isJson(original.toString("utf8")))) return;
  throw new AppError("validation_failed", "The payload is not JSON", {
    fields: { "input.data": "A worker could not read it." },
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
