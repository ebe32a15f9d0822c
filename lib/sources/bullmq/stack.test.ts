import { expect, test } from "vitest";
import { readFailures } from "./stack.ts";

const STACK = `TypeError: card 4111 1111 1111 1111 refused
    at pay (/srv/shop/src/pay.ts:10:5)
    at processTicksAndRejections (node:internal/process/task_queues:90:21)
    at Worker.run (/srv/shop/node_modules/bullmq/dist/worker.js:1:1)`;

test("the message ends where the frames begin, and only the application's own frames are marked", () => {
  const [failure] = readFailures(JSON.stringify([STACK]), 1, false);
  expect(failure?.message).toBe("TypeError: card ••• refused");
  expect(failure?.frames.map((frame) => frame.inApp)).toEqual([true, false, false]);
});

test("attempts are numbered from the end, because only the newest stacks may be kept", () => {
  const failures = readFailures(JSON.stringify(["one", "two"]), 7, true);
  expect(failures.map(({ attempt, message }) => [attempt, message])).toEqual([
    [7, "two"],
    [6, "one"],
  ]);
});

test.each([
  ["not JSON", "Error: plain text", ["Error: plain text"]],
  ["JSON of another shape", '{"a":1}', ['{"a":1}']],
  ["a list with holes", '["kept",null,5]', ["kept"]],
  ["nothing", null, []],
  ["an empty list", "[]", []],
])("%s is shown as far as it goes", (_what, raw, messages) => {
  expect(readFailures(raw, 1, true).map(({ message }) => message)).toEqual(messages);
});

test("only the newest ten are kept, and very long ones are cut", () => {
  const many = Array.from({ length: 30 }, (_stack, at) => `failure ${at} ${"x".repeat(10_000)}`);
  const failures = readFailures(JSON.stringify(many), 30, true);
  expect(failures).toHaveLength(10);
  expect(failures[0]?.message).toMatch(/^failure 29 x/);
  expect(failures[0]?.message).toHaveLength(4_000);
});
