import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Service, ServiceEnd } from "#lib/embedded/service.ts";
import { keepAlive } from "./keep-alive.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A service that ends when told to. */
function fake() {
  const { promise, resolve } = Promise.withResolvers<ServiceEnd>();
  const service: Service = { pid: 1, exited: promise, stop: async () => {} };
  return { service, end: () => resolve({ code: 1, signal: null, lastLines: "out of luck" }) };
}

function keep(start: () => Service | Promise<Service>, stopping = () => false) {
  const lines: string[] = [];
  const first = fake();
  const kept = { name: "the worker", start, stopping, say: (line: string) => lines.push(line) };
  return { lines, first, outcome: keepAlive(kept, first.service) };
}

test("a service that ends is started again, with its last words", async () => {
  const second = fake();
  const start = vi.fn(() => second.service);
  const { lines, first } = keep(start);
  first.end();
  await vi.advanceTimersByTimeAsync(600);
  expect(start).toHaveBeenCalledOnce();
  expect(lines.join("\n")).toContain(
    "the worker ended with exit code 1. Its last lines:\n    out of luck",
  );
});

test("one that ends each time soon after its start is given up, after ever longer waits", async () => {
  const start = vi.fn(() => {
    const next = fake();
    next.end();
    return next.service;
  });
  const { first, outcome } = keep(start);
  first.end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await outcome).toBe("the worker ended 5 times in a row");
  expect(start).toHaveBeenCalledTimes(4);
});

test("one that cannot even be started counts the same", async () => {
  const { first, outcome, lines } = keep(() => Promise.reject(new Error("port 1 is taken")));
  first.end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await outcome).toBe("the worker ended 5 times in a row");
  expect(lines.join("\n")).toContain("the worker did not start: port 1 is taken");
});

test("ends far apart never add up", async () => {
  let current = fake();
  const { first, outcome } = keep(() => (current = fake()).service);
  current = first;
  const settled = vi.fn();
  void outcome.then(settled);
  for (let times = 0; times < 12; times += 1) {
    await vi.advanceTimersByTimeAsync(61_000);
    current.end();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(settled).not.toHaveBeenCalled();
});

test("an end while everything stops is as it should be", async () => {
  const start = vi.fn();
  const { first, outcome, lines } = keep(start, () => true);
  first.end();
  expect(await outcome).toBeNull();
  expect(start).not.toHaveBeenCalled();
  expect(lines).toEqual([]);
});
