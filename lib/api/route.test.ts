import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { route } from "./route.ts";

beforeAll(() => {
  Object.assign(process.env, {
    DATABASE_URL: "postgres://nowhere/none",
    REDIS_URL: "redis://nowhere",
    PLUMBLINE_URL: "http://here",
    PLUMBLINE_SECRET: "x".repeat(32),
  });
});

const echo = route({
  path: "/echo/{id}",
  summary: "says what it was sent",
  permission: "public",
  withoutDatabase: true,
  params: z.object({ id: z.string() }),
  query: z.looseObject({}),
  body: z.unknown(),
  handler: ({ body }) => ({ body }),
});

async function send(body: string, { id = "1", query = "" } = {}): Promise<[number, unknown]> {
  const headers = { origin: "http://here", host: "here", "content-type": "application/json" };
  const request = new Request(`http://here/echo/1${query}`, { method: "POST", headers, body });
  const answer = await echo(request, { params: Promise.resolve({ id }) });
  return [answer.status, ((await answer.json()) as { code?: string }).code];
}

test("what Postgres cannot hold is refused at the door", async () => {
  expect(await send('{"reason":"ok"}')).toEqual([200, undefined]);
  expect(await send('{"reason":"a\\u0000b"}')).toEqual([400, "bad_request"]);
  expect(await send('{"a":[{"b\\u0000":1}]}')).toEqual([400, "bad_request"]);
  expect(await send("{}", { query: "?q=%00" })).toEqual([400, "bad_request"]);
  expect(await send("{}", { query: "?q=a&q=%00" })).toEqual([400, "bad_request"]);
  expect(await send("{}", { id: "a\0" })).toEqual([404, "not_found"]);
});

test("a body that is no JSON, or nested without end, is the sender's mistake", async () => {
  expect(await send("{")).toEqual([400, "bad_request"]);
  expect(await send("[".repeat(100_000) + "]".repeat(100_000))).toEqual([400, "bad_request"]);
});
