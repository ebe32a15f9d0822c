import { AppError } from "#lib/core/errors.ts";
import { bySystem } from "#lib/auth/by-system.ts";
import { listTokens } from "#lib/auth/read.ts";
import { rolesSchema, TOKEN_MAX_DAYS } from "#lib/auth/schema.ts";
import { createToken, lockToken, revokeToken, rotateToken } from "#lib/auth/tokens.ts";
import { lockUser } from "#lib/auth/users.ts";
import { closePool } from "#lib/db/sql.ts";
import { defineCommand, usageError } from "../command.ts";
import { textTable } from "../table.ts";

const ONCE = "It is shown only now. Send it as `Authorization: Bearer …`.";

type Answer = (data: unknown, text: string) => void;
interface Asked {
  /** The token's name for `create`, its id for the others. */
  subject: string;
  values: { user?: string | undefined; roles?: string | undefined; days?: string | undefined };
  answer: Answer;
}

const VERBS: Readonly<Record<string, (asked: Asked) => Promise<void>>> = { create, rotate, revoke };

export const command = defineCommand({
  summary: "API tokens: create, list, rotate, revoke",
  usage: [
    "list [--json]",
    "create <name> --user <login> --roles <role,…> [--days <1-365>] [--json]",
    "rotate <id> [--days <1-365>] [--json]",
    "revoke <id> [--json]",
  ],
  options: { user: { type: "string" }, roles: { type: "string" }, days: { type: "string" } },
  async run({ values, positionals, answer }) {
    const [verb = "", subject, ...rest] = positionals;
    if (rest.length > 0) throw usageError(`"${rest.join(" ")}" means nothing here.`);
    try {
      if (verb === "list") return await list(answer);
      const run = VERBS[verb];
      if (!run) throw usageError(`Say list, ${Object.keys(VERBS).join(", ")}.`);
      if (!subject)
        throw usageError(
          verb === "create" ? "Name the token." : "Give the token's id; `list` shows it.",
        );
      await run({ subject, values, answer });
      return 0;
    } finally {
      await closePool();
    }
  },
});

async function list(answer: Answer): Promise<number> {
  const tokens = await listTokens();
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    `${token.prefix}…`,
    token.roles.join(","),
    token.createdBy,
    token.state,
    token.expiresAt,
    token.lastUsedAt ?? "never",
  ]);
  const header = ["ID", "NAME", "TOKEN", "ROLES", "OF", "STATE", "EXPIRES", "LAST USED"];
  answer(tokens, textTable(header, rows, "There are no tokens."));
  return 0;
}

async function create({ subject: name, values, answer }: Asked): Promise<void> {
  const { user: login } = values;
  if (login === undefined)
    throw usageError("Give --user: the account whose roles bound the token.");
  const roles = rolesIn(values.roles);
  const days = daysIn(values.days);
  const created = await bySystem(async (tx) => {
    const creator = await lockUser(tx, { login });
    if (creator.disabled) {
      throw new AppError("precondition_failed", `${login} is disabled, so its tokens do not work`, {
        remedy: `Run \`plumbline user enable ${login}\` first.`,
      });
    }
    const result = await createToken(tx, { name, roles, days, creator });
    const after = { roles, expiresAt: result.expiresAt.toISOString(), of: login };
    return {
      result,
      change: { action: "tokens.create", target: `token ${name}`, before: null, after },
    };
  });
  answer(
    { name, roles, ...created },
    `${created.secret}\n${ONCE} It expires ${created.expiresAt.toISOString()}.`,
  );
}

async function rotate({ subject, values, answer }: Asked): Promise<void> {
  const days = daysIn(values.days);
  const rotated = await bySystem(async (tx) => {
    const token = await lockToken(tx, idIn(subject));
    const result = { ...(await rotateToken(tx, token, days)), name: token.name };
    const after = { secret: "replaced", expiresAt: result.expiresAt.toISOString() };
    return {
      result,
      change: { action: "tokens.rotate", target: `token ${token.name}`, before: null, after },
    };
  });
  answer({ id: subject, ...rotated }, `${rotated.secret}\n${ONCE} The old secret no longer works.`);
}

async function revoke({ subject, answer }: Asked): Promise<void> {
  const { name } = await bySystem(async (tx) => {
    const token = await lockToken(tx, idIn(subject));
    await revokeToken(tx, token);
    const change = {
      action: "tokens.revoke",
      target: `token ${token.name}`,
      before: { revoked: token.revoked },
      after: { revoked: true },
    };
    return { result: token, change };
  });
  answer({ id: subject, name, revoked: true }, `Revoked ${name}.`);
}

function idIn(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw usageError(`"${text}" is not a token's id; \`plumbline token list\` shows them.`);
}

function rolesIn(text: string | undefined) {
  const parsed = rolesSchema.safeParse(text?.split(",").map((role) => role.trim()) ?? []);
  if (parsed.success) return parsed.data;
  throw usageError(`--roles: ${parsed.error.issues.map((issue) => issue.message).join("; ")}.`);
}

function daysIn(text = "90"): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= TOKEN_MAX_DAYS) return days;
  throw usageError(`--days is a whole number from 1 to ${TOKEN_MAX_DAYS}.`);
}
