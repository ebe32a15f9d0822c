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

/** What the sign-in form sends. The bounds only keep absurd sizes out; what fits is decided by the stored password. */
export const credentialsSchema = z.object({
  csrfToken: z.string().max(200),
  login: z.string().max(200),
  password: z.string().max(1_000),
  totp: z.string().max(20).optional(),
});

/** A path of this site; anything else would be an open redirect. Browsers drop tabs and line breaks: `/\t/evil.example` leaves. */
export const localPathSchema = z
  .string()
  .max(2_000)
  .regex(/^\/(?![/\\])\P{Cc}*$/u)
  .catch("/");

export const oidcStartSchema = z.object({
  csrfToken: z.string().max(200),
  next: localPathSchema.default("/"),
  again: z.boolean().default(false),
});

const password = z.string().min(1).max(1_000);
const code = z.string().min(1).max(20);

/** The password or a one-time code. */
export const proofSchema = z
  .object({ password: password.optional(), totp: code.optional() })
  .refine((proof) => proof.password !== undefined || proof.totp !== undefined, {
    error: "Give the password or a one-time code",
    path: ["password"],
  });

export const passwordChangeSchema = z.object({ current: password, next: password });
export const totpEnableSchema = z.object({ sealed: z.string().max(500), code, password });
export const totpDisableSchema = z.object({ password, totp: code });

export const totpSetupSchema = z.object({
  secret: z.string(),
  qr: z.object({ size: z.int(), path: z.string() }),
  sealed: z.string(),
});
