import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ROLES, type Role } from "./actor.ts";
import { heldRoles, type Permission, rolesAllow } from "./policy.ts";

const who = (permission: Permission) => ROLES.filter((role) => rolesAllow([role], permission));

describe("the policy", () => {
  test.each([
    ["queues.read", ["viewer", "oncall", "finance", "approver", "admin"]],
    ["queries.read", ["viewer", "oncall", "finance", "approver", "admin"]],
    ["audit.read", ["oncall", "finance", "approver", "admin"]],
    ["users.read", ["admin"]],
    ["sessions.read", ["admin"]],
    ["tokens.read", ["admin"]],
    ["queues.retry", ["oncall", "admin"]],
    ["breakers.open", ["oncall", "admin"]],
    ["queries.explain", ["oncall", "admin"]],
    ["queues.reveal", ["oncall", "admin"]],
    ["queues.remove", ["admin"]],
    ["queues.drain", ["admin"]],
    ["queues.clean", ["admin"]],
    ["queues.spread", ["oncall", "admin"]],
    ["queues.pauseScheduler", ["oncall", "admin"]],
    ["users.setRoles", ["admin"]],
    ["reconciliation.resolve", ["finance"]],
    ["reconciliation.approve", ["approver"]],
    ["profile.endSession", ["viewer", "oncall", "finance", "approver", "admin"]],
    ["something.else", []],
  ] as const)("%s is for %j", (permission, roles) => {
    expect(who(permission)).toEqual(roles);
  });

  test("nobody without a role may do anything", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (area, verb) => {
        expect(rolesAllow([], `${area}.${verb}`)).toBe(false);
      }),
    );
  });

  test("more roles never allow less, and what is not a known verb is denied", () => {
    const roles = fc.subarray<Role>([...ROLES]);
    const permission = fc.constantFrom(
      "queues.read",
      "queues.retry",
      "audit.read",
      "queues.remove",
      "reconciliation.approve",
      "users.create",
    ) as fc.Arbitrary<Permission>;
    fc.assert(
      fc.property(roles, roles, permission, (some, more, asked) => {
        fc.pre(rolesAllow(some, asked));
        expect(rolesAllow([...some, ...more], asked)).toBe(true);
        expect(rolesAllow([...some, ...more], `${asked}.x`)).toBe(false);
      }),
    );
  });

  test("an admin is on call too, and no more than that of other roles", () => {
    expect([...heldRoles(["admin"])].toSorted()).toEqual(["admin", "oncall", "viewer"]);
    expect([...heldRoles(["finance"])].toSorted()).toEqual(["finance", "viewer"]);
  });
});
