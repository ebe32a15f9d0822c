import { expect, test } from "vitest";
import { createRouter } from "./router.ts";

const handle = async () => ({ status: 200 });
const route = createRouter({ "GET /v1/payments/:id": handle, "GET /v1/payments": handle });

test("finds a path and its parts", () => {
  expect(route("GET", "/v1/payments/17")).toEqual({ handle, params: { id: "17" } });
  expect(route("GET", "/v1/payments")).toEqual({ handle, params: {} });
});

test.each([
  ["GET", "/v1/payments/17/more", 404],
  ["GET", "/elsewhere", 404],
  ["POST", "/v1/payments", 405],
])("%s %s is refused with %i", (method, path, status) => {
  expect(() => route(method, path)).toThrow(expect.objectContaining({ status }));
});
