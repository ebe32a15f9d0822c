import { z } from "zod";
import { type Env, env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";
import { newId, sha256 } from "#lib/core/ids.ts";
import { transaction } from "#lib/db/sql.ts";
import { type Account, accountById, accountByIdentity } from "./accounts.ts";
import { type Role, ROLES } from "./actor.ts";
import { loginSchema } from "./schema.ts";

/** The claims that we look at. Who it is: `iss` and `sub`; an e-mail address can be reassigned and proves nothing. */
const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  preferred_username: z.string().optional(),
  name: z.string().optional(),
  /** When the person last proved who they are, in seconds. */
  auth_time: z.number().optional(),
});
export type Claims = z.infer<typeof claimsSchema>;

/** An identity provider is set up. */
export function oidcConfigured(): boolean {
  const { OIDC_ISSUER, OIDC_CLIENT_ID } = env();
  return OIDC_ISSUER !== undefined && OIDC_CLIENT_ID !== undefined;
}

/** Checks the provider's claims. Throws `unauthenticated` when they come from another issuer than the configured one. */
export function readClaims(raw: unknown): Claims {
  const claims = claimsSchema.safeParse(raw);
  if (claims.success && claims.data.iss === env().OIDC_ISSUER) return claims.data;
  throw new AppError("unauthenticated", "The identity provider's answer is not the expected one", {
    detail: "It names another issuer, or no subject.",
    remedy: "An operator should compare OIDC_ISSUER with the provider's discovery document.",
  });
}

/** The moment of proof; the epoch when the provider does not tell, so that it never counts as recent. */
export function provedAt(claims: Claims): Date {
  return new Date((claims.auth_time ?? 0) * 1000);
}

/** `group=role,group=role`; several groups may give the same role. Throws `unavailable` for a line that names no role. */
export function parseRoleMap(text: Env["OIDC_ROLE_MAP"]): Map<string, Role> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf("=");
      const role = ROLES.find((name) => name === pair.slice(at + 1).trim());
      if (at > 0 && role) return [pair.slice(0, at).trim(), role] as const;
      throw new AppError(
        "unavailable",
        `OIDC_ROLE_MAP holds "${pair.trim()}", which maps to no role`,
        {
          remedy: `Write group=role with a role of ${ROLES.join(", ")}.`,
        },
      );
    }),
  );
}

/** The roles that a person's claim gives. */
export function mappedRoles(claims: Claims, claimName: string, map: Map<string, Role>): Role[] {
  const claim = claims[claimName];
  const values = Array.isArray(claim) ? claim : [claim];
  const roles = new Set(
    values.map((value) => (typeof value === "string" ? map.get(value) : undefined)),
  );
  return ROLES.filter((role) => roles.has(role));
}

/**
 * The account of this identity, created at its first sign-in; its roles follow the claim at every sign-in.
 * Throws `forbidden` when no group maps to a role or the account is disabled.
 */
export async function accountOfClaims(claims: Claims): Promise<Account> {
  const { OIDC_ROLES_CLAIM, OIDC_ROLE_MAP } = env();
  const roles = mappedRoles(claims, OIDC_ROLES_CLAIM, parseRoleMap(OIDC_ROLE_MAP));
  if (roles.length === 0) {
    throw new AppError("forbidden", "Your account has no role in Plumbline", {
      detail: `None of your groups (claim ${OIDC_ROLES_CLAIM}) is mapped to a role.`,
      remedy: "Ask an administrator to map one of your groups.",
    });
  }
  const account = await upsert(claims, roles);
  if (!account.disabled) return account;
  throw new AppError("forbidden", "Your account is disabled", {
    remedy: "Ask an administrator to enable it.",
  });
}

function upsert(claims: Claims, roles: Role[]): Promise<Account> {
  return transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock(hashtext('plumbline.oidc'))");
    const known = await accountByIdentity(tx, claims.iss, claims.sub);
    const id = known?.id ?? newId();
    const name = (claims.name ?? claims.preferred_username ?? "").slice(0, 100);
    if (known) {
      await tx.query("UPDATE user_account SET roles = $2, name = $3 WHERE id = $1::uuid", [
        id,
        roles,
        name,
      ]);
    } else {
      const taken = await tx.query("SELECT login FROM user_account WHERE login = $1", [
        wishedLogin(claims),
      ]);
      const login = taken.rows.length === 0 ? wishedLogin(claims) : uniqueLogin(claims);
      await tx.query(
        "INSERT INTO user_account (id, login, name, roles, issuer, subject) VALUES ($1::uuid, $2, $3, $4, $5, $6)",
        [id, login, name, roles, claims.iss, claims.sub],
      );
    }
    return (await accountById(tx, id)) as Account;
  });
}

/** Only a display name: somebody else's account with this login is never touched. */
function wishedLogin(claims: Claims): string {
  const wish = loginSchema.safeParse(claims.preferred_username ?? "");
  return wish.success ? wish.data : uniqueLogin(claims);
}

function uniqueLogin({ iss, sub, preferred_username = "user" }: Claims): string {
  const readable = preferred_username
    .toLowerCase()
    .replaceAll(/[^a-z0-9._@-]/g, "")
    .replace(/^[^a-z0-9]+/, "");
  return `${readable.slice(0, 40) || "user"}+${sha256(`${iss} ${sub}`).slice(0, 12)}`;
}
