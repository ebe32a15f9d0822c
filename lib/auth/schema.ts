import { z } from "zod";
import { ROLES } from "./actor.ts";

/** Shapes of accounts, sessions and tokens on the wire: shared by API, screens and CLI. Safe in the browser. */

export const TOKEN_MAX_DAYS = 365;

export const loginSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9._@+-]{1,63}$/,
    "Use 2 to 64 of a-z, 0-9 and . _ @ + -, starting with a letter or digit",
  );

export const rolesSchema = z
  .array(z.enum(ROLES))
  .min(1, "Give at least one role")
  .transform((roles) => ROLES.filter((role) => roles.includes(role)));

const time = z.iso.datetime({ offset: true });

export const userSchema = z.object({
  id: z.uuid(),
  login: z.string(),
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
  /** Where the account proves itself. */
  via: z.enum(["password", "oidc"]),
  totp: z.boolean(),
  disabledAt: time.nullable(),
  createdAt: time,
  lastSeenAt: time.nullable(),
});
export type UserRow = z.infer<typeof userSchema>;

export const sessionSchema = z.object({
  id: z.string(),
  userId: z.uuid(),
  login: z.string(),
  via: z.enum(["password", "oidc"]),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: time,
  lastSeenAt: time,
  expiresAt: time,
  /** The session that asks. */
  current: z.boolean(),
});
export type SessionRow = z.infer<typeof sessionSchema>;

export const tokenSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string(),
  roles: z.array(z.enum(ROLES)),
  createdBy: z.string(),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
  state: z.enum(["live", "expired", "revoked", "creator_disabled"]),
});
export type TokenRow = z.infer<typeof tokenSchema>;

export const meSchema = z.object({
  id: z.string(),
  login: z.string(),
  roles: z.array(z.enum(ROLES)),
  via: z.enum(["session", "token", "system"]),
  authAt: time.nullable(),
  /** Null for tokens. */
  profile: z.object({ name: z.string(), hasPassword: z.boolean(), totp: z.boolean() }).nullable(),
});
export type Me = z.infer<typeof meSchema>;

/** The rows of a settings list; these lists are short and come whole. */
export function rowsSchema<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row) });
}
