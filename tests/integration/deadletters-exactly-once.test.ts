import fc from "fast-check";
import { expect, test } from "vitest";
import { storedLetter } from "./deadletters-letters.ts";
import { onStoryGround, source, story, tell, World } from "./deadletters-story.ts";

onStoryGround();

/** By hand also with `LETTER_STORIES=500`. */
const numRuns = Number(process.env["LETTER_STORIES"] ?? 60);

test("one failure has one effect, whoever asks and whatever breaks, and its letter says truly what became of it", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (groups) => {
      expect(await tell(groups)).toEqual([]);
    }),
    { numRuns },
  );
});

test("ten people at the same moment: one effect", async () => {
  const world = new World();
  await world.open();
  await Promise.all(Array.from({ length: 10 }, () => world.ask("retry")));
  expect(world.runs).toHaveLength(1);
  await Promise.all(Array.from({ length: 10 }, () => world.carryOut(source)));
  expect(await world.effects()).toMatchObject({ retries: 1, copies: 0 });
  await world.close();
});

test.each(["retry", "move"] as const)(
  "%s: another tool is faster at the last moment, and the job fails just as before: that newer failure is left alone",
  async (what) => {
    const world = new World();
    await world.open();
    await world.ask(what);
    await world.carryOut(world.beatenByAnother());
    expect(await world.effects()).toMatchObject({ retries: 0, copies: 0 });
    expect(await world.queue.getFailedCount()).toBe(1);
    expect(await storedLetter(world.letter)).toMatchObject({ state: "superseded" });
    await world.close();
  },
);
