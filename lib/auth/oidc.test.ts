import { describe, expect, test } from "vitest";
import { mappedRoles, parseRoleMap, provedAt } from "./oidc.ts";

describe("OIDC_ROLE_MAP", () => {
  const map = parseRoleMap("sre=oncall, Finance Team =finance,a=b=admin,");

  test("maps groups, which may hold spaces and equals signs", () => {
    expect([...map]).toEqual([
      ["sre", "oncall"],
      ["Finance Team", "finance"],
      ["a=b", "admin"],
    ]);
  });

  test.each(["sre", "sre=boss", "=admin"])("%j is refused", (text) => {
    expect(() => parseRoleMap(text)).toThrow(expect.objectContaining({ code: "unavailable" }));
  });

  test.each([
    [
      ["sre", "a=b"],
      ["oncall", "admin"],
    ],
    ["sre", ["oncall"]],
    [["SRE", "nobody", 7, null], []],
    [undefined, []],
    [{ sre: true }, []],
  ])("a claim of %j gives %j", (groups, roles) => {
    expect(mappedRoles({ iss: "i", sub: "s", groups }, "groups", map)).toEqual(roles);
  });
});

test("without auth_time the credentials never count as recently proved", () => {
  expect(provedAt({ iss: "i", sub: "s" }).getTime()).toBe(0);
  expect(provedAt({ iss: "i", sub: "s", auth_time: 1_700_000_000 }).toISOString()).toBe(
    "2023-11-14T22:13:20.000Z",
  );
});
