import { expect, test, vi } from "vitest";
import { sharing } from "./sharing.ts";

const counted = () => {
  let loads = 0;
  return { load: async () => ++loads, loads: () => loads };
};

test("questions at the same time get one answer, also while it is being worked out", async () => {
  const { load, loads } = counted();
  const share = sharing(1_000);
  expect(await Promise.all([share("a", load), share("a", load), share("a", load)])).toEqual([
    1, 1, 1,
  ]);
  expect(loads()).toBe(1);
  expect(await share("b", load)).toBe(2);
});

test("an answer is kept for its time only, and not once it is said to be out of date", async () => {
  vi.useFakeTimers();
  const { load } = counted();
  const share = sharing(1_000);
  await share("a", load);
  vi.advanceTimersByTime(1_001);
  expect(await share("a", load)).toBe(2);
  share.forget();
  expect(await share("a", load)).toBe(3);
  vi.useRealTimers();
});

test("a failure is told to those who wait, and asked for again by the next", async () => {
  const share = sharing(1_000);
  await expect(share("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await share("a", async () => 7)).toBe(7);
});

test("what was asked before a change is not handed out after it", async () => {
  const share = sharing(60_000);
  let finish: (value: string) => void = () => {};
  const slow = share("a", () => new Promise<string>((resolve) => (finish = resolve)));
  share.forget();
  const fresh = share("a", async () => "after");
  finish("before");
  expect(await slow).toBe("before");
  expect(await fresh).toBe("after");
  expect(await share("a", async () => "later")).toBe("after");
});
