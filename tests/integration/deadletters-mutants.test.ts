import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { COPY } from "#lib/sources/bullmq/copy-job.ts";
import { RETRY } from "#lib/sources/bullmq/job-acts.ts";
import { claimAnything } from "./deadletters-claim-broken.ts";
import { onStoryGround, story, tell } from "./deadletters-story.ts";

const broken = vi.hoisted(() => ({ claim: false }));

vi.mock("#lib/signals/deadletters/transition.ts", async (original) => {
  const real = await original<typeof import("#lib/signals/deadletters/transition.ts")>();
  const claim: typeof real.claim = (...given) =>
    broken.claim ? claimAnything(...given) : real.claim(...given);
  return { ...real, claim };
});

onStoryGround();

const guards = { retry: RETRY.guard, copy: COPY.guard };
afterEach(() => {
  broken.claim = false;
  RETRY.guard = guards.retry;
  COPY.guard = guards.copy;
});

/** Takes a line out of a guard. */
function without(guard: string, line: RegExp): string {
  const left = guard.replace(line, "");
  expect(left).not.toBe(guard);
  return left;
}

/** What the same stories break that break nothing when all is as it should be. */
async function breaches(): Promise<string> {
  let found: string[] = [];
  const result = await fc.check(
    fc.asyncProperty(story, async (groups) => {
      found = await tell(groups);
      return found.length === 0;
    }),
    { numRuns: 300, seed: 20261130, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
  return found.join();
}

test("the stories notice a retry without its fence", async () => {
  RETRY.guard = without(RETRY.guard, /^if redis\.call\("ZSCORE".*$/m);
  expect(await breaches()).toContain("a later failure was retried");
});

test("the stories notice a move without its fence", async () => {
  COPY.guard = without(COPY.guard, /^ *if redis\.call\("ZSCORE".*$/m);
  expect(await breaches()).toContain("a later failure was moved");
});

test("the stories notice letters that anybody may claim", async () => {
  broken.claim = true;
  expect(await breaches()).toMatch(/effects of a letter|the letter stays/);
});
