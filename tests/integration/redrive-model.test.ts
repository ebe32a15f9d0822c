import fc from "fast-check";
import { expect, test } from "vitest";
import { onRedriveGround, storiesOf, tell } from "./redrive-story.ts";

onRedriveGround();

/** By hand also with `REDRIVE_STORIES=300`. */
const numRuns = Number(process.env["REDRIVE_STORIES"] ?? 25);

test.each(["back", "elsewhere"] as const)(
  "whatever happens around a redrive, each job is sent %s as often as is recorded: once or not at all",
  async (how) => {
    await fc.assert(
      fc.asyncProperty(storiesOf(), async (steps) => {
        expect(await tell(steps, how)).toEqual([]);
      }),
      { numRuns },
    );
  },
  120_000,
);
