import { make, PRISMA_CLIENT, WEB } from "../build.ts";
import { defineCommand } from "../command.ts";
import { step } from "../up/progress.ts";

export const command = defineCommand({
  summary: "Build for production: the database client and the console",
  usage: ["", "--client   only the database client, which everything else imports"],
  options: { client: { type: "boolean" } },
  run: async ({ values }) => {
    await step(console.log, "Generating the database client", () => make(PRISMA_CLIENT));
    if (!values.client) await step(console.log, "Building the console", () => make(WEB));
    return 0;
  },
});
