import { AppError } from "#lib/core/errors.ts";
import { migrate } from "#lib/db/migrate.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  summary: "Bring the database up to date; safe to run at any time, by any number at once",
  usage: ["[--json]"],
  run: async ({ answer }) => {
    // Nothing else of the environment is needed: a deployment migrates before anything else runs.
    const url = process.env["DATABASE_URL"];
    if (!url) {
      const remedy = "Set it, or run this beside a running `npm start`.";
      throw new AppError("unavailable", "DATABASE_URL is not set", { remedy });
    }
    const { applied } = await migrate(url);
    answer(
      { applied },
      applied.length === 0 ? "Up to date." : `Applied:\n${applied.map((x) => `  ${x}`).join("\n")}`,
    );
    return 0;
  },
});
