import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeCanary, tooManyFail } from "./judge.ts";

const known = (completed: number, failedAgain: number, open = 0, unknown = 0) => ({
  completed,
  failedAgain,
  unknown,
  sent: completed + failedAgain + open + unknown,
});

test.each([
  [known(10, 0), "go on"],
  [known(8, 2), "go on"],
  [known(7, 3), "stop"],
  [known(9, 0, 1), "wait"],
  // Even if the open ones do well.
  [known(0, 3, 7), "stop"],
  [known(0, 2, 8), "wait"],
  // Unknown ones say neither; of the two that are known one failed.
  [known(1, 1, 0, 8), "stop"],
  [known(0, 0, 0, 10), "cannot tell"],
  [known(4, 0, 0, 6), "cannot tell"],
  [known(5, 0, 0, 5), "go on"],
  // All of the first were skipped: nothing speaks against the rest.
  [known(0, 0), "go on"],
])("%o is %s", (figures, verdict) => {
  expect(judgeCanary(figures, 0.2, true)).toBe(verdict);
});

test("while some of the first are not sent yet, it waits", () => {
  expect(judgeCanary(known(3, 3), 0.2, false)).toBe("wait");
});

test("more knowledge never takes a stop back", () => {
  const figures = fc.record({ completed: fc.nat(10), failedAgain: fc.nat(10), open: fc.nat(10) });
  fc.assert(
    fc.property(figures, fc.double({ min: 0, max: 1, noNaN: true }), (now, ratio) => {
      if (judgeCanary(known(now.completed, now.failedAgain, now.open), ratio, true) !== "stop")
        return;
      const allWell = known(now.completed + now.open, now.failedAgain);
      expect(judgeCanary(allWell, ratio, true)).toBe("stop");
    }),
  );
});

test("the running rule needs some outcomes, and then more failures than allowed", () => {
  const outcomes = (failed: number, of: number) =>
    Array.from({ length: of }, (_, at) => ({ failedAgain: at < failed }));
  expect(tooManyFail(outcomes(19, 19), 0.2)).toBe(false);
  expect(tooManyFail(outcomes(4, 20), 0.2)).toBe(false);
  expect(tooManyFail(outcomes(5, 20), 0.2)).toBe(true);
  expect(tooManyFail(outcomes(100, 100), 1)).toBe(false);
});
