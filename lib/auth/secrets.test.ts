import fc from "fast-check";
import { Secret, TOTP } from "otpauth";
import { beforeAll, describe, expect, test } from "vitest";
import { assertGoodPassword, hashPassword, passwordFits } from "./passwords.ts";
import { seal, unseal } from "./seal.ts";
import { totpStep } from "./totp.ts";

beforeAll(() => {
  Object.assign(process.env, {
    DATABASE_URL: "postgres://nowhere.invalid/x",
    REDIS_URL: "redis://nowhere.invalid",
    PLUMBLINE_SECRET: "a unit test's secret of 32 or more",
  });
});

describe("sealed texts", () => {
  test("open with the same purpose and owner only", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (text, owner, other) => {
        const sealed = seal(text, "totp", owner);
        expect(unseal(sealed, "totp", owner)).toBe(text);
        expect(unseal(sealed, "enrolment", owner)).toBeNull();
        expect(unseal(sealed, "totp", `${owner}${other}.`)).toBeNull();
      }),
    );
  });

  test("do not open when any byte was changed or is missing", () => {
    const sealed = Buffer.from(seal("JBSWY3DPEHPK3PXP", "totp", "somebody"), "base64url");
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(unseal(changed.toString("base64url"), "totp", "somebody")).toBeNull();
      expect(unseal(sealed.subarray(0, at).toString("base64url"), "totp", "somebody")).toBeNull();
    }
  });
});

describe("one-time codes", () => {
  const secret = new Secret({ size: 20 });
  const totp = new TOTP({ secret });
  const at = new Date("2026-11-23T16:00:00Z");
  const codeAt = (seconds: number) => totp.generate({ timestamp: at.getTime() + seconds * 1000 });
  const step = BigInt(at.getTime() / 30_000);

  test("fit one step either side of now, each its own step", () => {
    expect(totpStep(secret.base32, codeAt(0), at)).toBe(step);
    expect(totpStep(secret.base32, codeAt(-30), at)).toBe(step - 1n);
    expect(totpStep(secret.base32, codeAt(30), at)).toBe(step + 1n);
    expect(totpStep(secret.base32, codeAt(-90), at)).toBeNull();
    expect(totpStep(secret.base32, codeAt(90), at)).toBeNull();
  });

  test.each(["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])("%j is none", (code) => {
    expect(totpStep(secret.base32, code, at)).toBeNull();
  });
});

describe("passwords", () => {
  test("fit their hash and nothing else does", async () => {
    const hash = await hashPassword("correct horse battery");
    expect(hash).toMatch(/^\$argon2id\$/);
    expect(await passwordFits(hash, "correct horse battery")).toBe(true);
    expect(await passwordFits(hash, "correct horse batterz")).toBe(false);
    expect(await passwordFits(null, "correct horse battery")).toBe(false);
  });

  test.each([
    ["too short", "short"],
    ["too long", "x1y2z3".repeat(50)],
    ["the login in it", "my-ada-password"],
    ["one letter again and again", "aaaaaaaaaaaaaaaa"],
  ])("with %s are refused", (_why, password) => {
    expect(() => assertGoodPassword(password, "ada")).toThrow(
      expect.objectContaining({ code: "validation_failed" }),
    );
  });

  test("of twelve characters or a phrase are fine", () => {
    expect(() => assertGoodPassword("tr0ub4dor&3xyz", "ada")).not.toThrow();
    expect(() => assertGoodPassword("correct horse battery staple", "ada")).not.toThrow();
  });
});
