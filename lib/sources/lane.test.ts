import fc from "fast-check";
import { expect, it } from "vitest";
import { Lane } from "./lane.ts";

it("starts work in order and never more than its width at once, also when work fails", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (scheduler, width, outcomes) => {
        const lane = new Lane(width);
        const started: number[] = [];
        let running = 0;
        let widest = 0;
        const all = outcomes.map((succeeds, index) =>
          lane.run(async () => {
            started.push(index);
            running += 1;
            widest = Math.max(widest, running);
            await scheduler.schedule(Promise.resolve());
            running -= 1;
            if (!succeeds) throw new Error("failed");
          }),
        );
        await scheduler.waitFor(Promise.allSettled(all));
        expect(started).toEqual(outcomes.map((_, index) => index));
        expect(widest).toBeLessThanOrEqual(width);
        expect(running).toBe(0);
      },
    ),
  );
});
