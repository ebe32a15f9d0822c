import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { getJson, problemOf, sendJson, signalKey, signalPath, withQuery } from "./client.ts";

afterEach(() => vi.unstubAllGlobals());

function serve(answer: () => Response | Promise<Response>): void {
  vi.stubGlobal("fetch", async () => answer());
}

async function problemFrom(work: Promise<unknown>) {
  return work.then(
    () => null,
    (error: unknown) => problemOf(error),
  );
}

test("a query string leaves out what is not set and repeats lists", () => {
  expect(
    withQuery("/x", { a: 1, b: null, c: undefined, d: ["p", "q"], e: new Date(0), f: "a b&c" }),
  ).toBe("/x?a=1&d=p&d=q&e=1970-01-01T00%3A00%3A00.000Z&f=a+b%26c");
  expect(withQuery("/x", {})).toBe("/x");
});

test("every read of a signal has its address", () => {
  expect(signalPath("queues", "list", { q: "x" })).toBe("/api/v1/signals/queues?q=x");
  expect(signalPath("queues", "series", { id: "x" })).toBe("/api/v1/signals/queues/series?id=x");
  expect(signalPath("queues", "get", { id: "a/b%", range: "1h" })).toBe(
    "/api/v1/signals/queues/a%2Fb%25?range=1h",
  );
  expect(signalPath("queues", "live:jobs", { source: "s" })).toBe(
    "/api/v1/signals/queues/live/jobs?source=s",
  );
  expect(signalKey("queues", "list", { q: "x" })).toEqual([
    "signals",
    "queues",
    "list",
    { q: "x" },
  ]);
});

describe("what goes wrong is a problem with a code", () => {
  const schema = z.object({ ok: z.boolean() });

  test("one the server describes", async () => {
    const problem = { type: "urn:x", title: "No", status: 403, code: "forbidden", remedy: "Ask" };
    serve(() => Response.json(problem, { status: 403 }));
    expect(await problemFrom(getJson("/x", {}, schema))).toEqual(problem);
  });

  test("a proxy's own error page", async () => {
    serve(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await problemFrom(getJson("/x", {}, schema))).toMatchObject({
      code: "unavailable",
      status: 502,
    });
  });

  test("no answer at all", async () => {
    serve(() => Promise.reject(new TypeError("fetch failed")));
    expect(await problemFrom(sendJson("/x", {}, schema))).toMatchObject({
      code: "unavailable",
      status: 503,
    });
  });

  test("an answer of another shape is an error, not data", async () => {
    serve(() => Response.json({ ok: "yes" }));
    await expect(getJson("/x", {}, schema)).rejects.toThrow(z.ZodError);
  });

  test("an aborted request stays an abort", async () => {
    const abort = new AbortController();
    abort.abort();
    serve(() => Promise.reject(abort.signal.reason as Error));
    await expect(getJson("/x", {}, schema, { signal: abort.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
