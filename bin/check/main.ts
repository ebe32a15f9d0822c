import { messageOf } from "#lib/core/errors.ts";
import { isStale, make, PRISMA_CLIENT } from "../build.ts";
import { ensurePrograms } from "./programs.ts";
import { type Outcome, runStage } from "./run-stage.ts";
import { ALL, QUICK, type Stage } from "./stages.ts";
import { summary } from "./summary.ts";

// `npm test` runs every stage, `npm run verify` the quick ones; both stop at the first that fails.
process.exit(await check(process.argv.includes("--quick") ? QUICK : ALL));

async function check(stages: Stage[]): Promise<number> {
  const outcomes: Outcome[] = [];
  try {
    if (stages === ALL) ensurePrograms();
    if (isStale(PRISMA_CLIENT)) await make(PRISMA_CLIENT);
    for (const stage of stages) {
      const outcome = await runStage(stage);
      outcomes.push(outcome);
      if (outcome.failed > 0) break;
    }
  } catch (error) {
    console.error(messageOf(error));
    outcomes.push({ name: "preparation", seconds: 0, passed: 0, failed: 1, skipped: 0 });
  }
  console.log(summary(stages, outcomes));
  return outcomes.every(({ failed }) => failed === 0) ? 0 : 1;
}
