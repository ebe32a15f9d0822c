import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { COPY } from "#lib/sources/bullmq/copy-job.ts";
import { claimAnything } from "./deadletters-claim-broken.ts";
import { onRedriveGround, type Step, storiesOf, tell } from "./redrive-story.ts";

const broken = vi.hoisted(() => ({ claim: false, lua: [] as RegExp[] }));

vi.mock("#lib/signals/deadletters/transition.ts", async (original) => {
  const real = await original<typeof import("#lib/signals/deadletters/transition.ts")>();
  const claim: typeof real.claim = (...given) =>
    broken.claim ? claimAnything(...given) : real.claim(...given);
  return { ...real, claim };
});

vi.mock("#lib/sources/bullmq/call-script.ts", async (original) => {
  const real = await original<typeof import("#lib/sources/bullmq/call-script.ts")>();
  const callEach: typeof real.callEach = (conn, { lua }, calls) =>
    real.callEach(conn, real.script(broken.lua.reduce(without, lua)), calls);
  return { ...real, callEach };
});

function without(lua: string, line: RegExp): string {
  return lua.replace(line, "");
}

onRedriveGround();

const guard = COPY.guard;
afterEach(() => {
  broken.claim = false;
  broken.lua = [];
  COPY.guard = guard;
});

/** What such stories break that break nothing when all is as it should be. */
async function breaches(
  how: "back" | "elsewhere",
  stories: fc.Arbitrary<Step[][]>,
): Promise<string> {
  let found: string[] = [];
  const result = await fc.check(
    fc.asyncProperty(stories, async (steps) => {
      found = await tell(steps, how);
      return found.length === 0;
    }),
    { numRuns: 100, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
  return found.join();
}

const OTHERS = storiesOf(["outsider", "fail"]);
/** A worker dies when it has sent letters and recorded nothing. */
const DIED = fc.constant<Step[][]>([[], [], [], [{ at: "crash" }]]);
/** A worker freezes with letters in its hands, the redrive is cancelled, another worker ends it, and the first one wakes. */
const TAKEN_OVER = fc.constant<Step[][]>([[], [], [{ at: "crash" }], [{ at: "cancel" }]]);

test.each<[string, RegExp[], fc.Arbitrary<Step[][]>]>([
  ["fence", [/^if found ~= "here".*$/m, /^if redis\.call\("ZSCORE".*$/m], OTHERS],
  ["receipts", [/^redis\.call\("HSET", receipts, receipt, 1\)$/m], DIED],
  ["lease's number", [/^if redis\.call\("HGET", receipts, "lease"\).*$/m], TAKEN_OVER],
])("the stories notice a redrive without its %s", async (_what, lines, stories) => {
  broken.lua = lines;
  expect(await breaches("back", stories)).toContain("was sent");
});

test("the stories notice a redrive that claims what others have", async () => {
  broken.claim = true;
  expect(await breaches("back", storiesOf(["discard"]))).toContain("too late");
});

test.each<[string, RegExp, fc.Arbitrary<Step[][]>]>([
  ["fence", /^ *if redis\.call\("ZSCORE".*$/m, OTHERS],
  ["lease's number", /^if guardArgs\[6\].*$/m, TAKEN_OVER],
])("the stories notice a move without its %s", async (_what, line, stories) => {
  COPY.guard = without(COPY.guard, line);
  expect(COPY.guard).not.toBe(guard);
  expect(await breaches("elsewhere", stories)).toContain("was sent");
});
