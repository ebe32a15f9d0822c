import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import { storableText } from "#lib/core/parse.ts";
import { sqlIn } from "#lib/db/client.ts";
import { maskedQuery } from "../search/meaning.ts";

/** More would not be found again in a menu. */
const MAX_VIEWS = 200;

const saveInput = z.object({
  name: storableText.trim().min(1).max(80),
  query: storableText.max(1_000),
});

/** Keeps a search under a name, for everybody. */
export const saveView = defineAction<z.output<typeof saveInput>, { id: string }>({
  name: "deadletters.saveView",
  title: "Save view",
  input: saveInput,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx: prisma, actor, input: { name, query } }) {
    const tx = sqlIn(prisma);
    const id = newId();
    const { rows } = await tx.query(
      `INSERT INTO deadletters_view (id, name, query, created_by) SELECT $1::uuid, $2, $3, $4
       WHERE (SELECT count(*) FROM deadletters_view) < ${MAX_VIEWS} ON CONFLICT (name) DO NOTHING RETURNING id`,
      [id, name, query, actor.login],
    );
    if (rows.length === 0) {
      throw new AppError("conflict", `The view "${name}" was not saved`, {
        detail: `There is a view of this name, or there are ${MAX_VIEWS} views already.`,
        remedy: "Choose another name, or remove a view.",
      });
    }
    return {
      result: { id },
      audit: {
        target: `view ${name}`,
        before: null,
        after: { name, query: maskedQuery(query) },
      },
    };
  },
});

const removeInput = z.object({ id: z.uuid() });

export const removeView = defineAction<z.output<typeof removeInput>, Record<never, never>>({
  name: "deadletters.removeView",
  title: "Remove view",
  input: removeInput,
  risk: "low",
  approval: "none",
  where: "store",

  async run({ tx: prisma, input: { id } }) {
    const { rows } = await sqlIn(prisma).query<{ name: string; query: string }>(
      "DELETE FROM deadletters_view WHERE id = $1::uuid RETURNING name, query",
      [id],
    );
    const [view] = rows;
    if (!view) throw new AppError("not_found", "There is no such view");
    const before = { name: view.name, query: maskedQuery(view.query) };
    return { result: {}, audit: { target: `view ${view.name}`, before, after: null } };
  },
});
