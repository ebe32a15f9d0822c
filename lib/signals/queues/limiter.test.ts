import { expect, test } from "vitest";
import { limiterOf } from "./limiter.ts";

const onQueue = { max: 5 };

test.each([
  ["no window", null, onQueue, null],
  ["a window that is over", { taken: 9, leftMs: 0 }, onQueue, null],
  ["room for more", { taken: 4, leftMs: 800 }, onQueue, { closed: false, taken: 4 }],
  ["the queue's limit", { taken: 5, leftMs: 800 }, onQueue, { closed: true, taken: 5 }],
  ["a worker's own limit", { taken: 5, leftMs: 800 }, null, { closed: null, taken: 5 }],
  ["a worker that closed it", { taken: 2 ** 53, leftMs: 800 }, null, { closed: true, taken: null }],
])("%s", (_what, window, limit, expected) => {
  expect(limiterOf(window, limit)).toEqual(expected && { ...expected, leftSeconds: 0.8 });
});
