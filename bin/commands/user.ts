import type { z } from "zod";
import { bySystem } from "#lib/auth/by-system.ts";
import { listUsers } from "#lib/auth/read.ts";
import { loginSchema, rolesSchema } from "#lib/auth/schema.ts";
import {
  createUser,
  disableUser,
  enableUser,
  lockUser,
  resetPassword,
  setRoles,
} from "#lib/auth/users.ts";
import { closePool } from "#lib/db/sql.ts";
import { defineCommand, usageError } from "../command.ts";
import { textTable } from "../table.ts";

const ONCE = "The password is shown only now; it can be changed under Settings, Profile.";

type Answer = (data: unknown, text: string) => void;
interface Asked {
  login: string;
  values: {
    name?: string | undefined;
    roles?: string | undefined;
    "remove-totp"?: boolean | undefined;
  };
  answer: Answer;
}

const VERBS: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
  create,
  disable,
  enable,
  "set-roles": changeRoles,
  "reset-password": reset,
};

export const command = defineCommand({
  summary: "Accounts: create, list, disable, enable, set-roles, reset-password",
  usage: [
    "list [--json]",
    "create <login> --roles <role,…> [--name <name>] [--json]",
    "disable <login> [--json]",
    "enable <login> [--json]",
    "set-roles <login> --roles <role,…> [--json]",
    "reset-password <login> [--remove-totp] [--json]",
  ],
  options: {
    name: { type: "string" },
    roles: { type: "string" },
    "remove-totp": { type: "boolean" },
  },
  async run({ values, positionals, answer }) {
    const [verb = "", login, ...rest] = positionals;
    if (rest.length > 0) throw usageError(`"${rest.join(" ")}" means nothing here.`);
    try {
      if (verb === "list") return await list(answer);
      const run = VERBS[verb];
      if (!run) throw usageError(`Say list, ${Object.keys(VERBS).join(", ")}.`);
      if (login === undefined) throw usageError("Name the account's login.");
      await run({ login: checked(loginSchema, login, "The login"), values, answer });
      return 0;
    } finally {
      await closePool();
    }
  },
});

async function list(answer: Answer): Promise<number> {
  const users = await listUsers();
  const rows = users.map((user) => [
    user.login,
    user.roles.join(","),
    user.disabledAt === null ? "active" : "disabled",
    user.totp ? "code" : "",
    user.lastSeenAt ?? "never",
  ]);
  answer(
    users,
    textTable(["LOGIN", "ROLES", "STATE", "TOTP", "LAST SEEN"], rows, "There are no accounts."),
  );
  return 0;
}

async function create({ login, values, answer }: Asked): Promise<void> {
  const roles = rolesIn(values.roles);
  const created = await bySystem(async (tx) => ({
    result: await createUser(tx, { login, name: values.name ?? login, roles }),
    change: { action: "users.create", target: `user ${login}`, before: null, after: { roles } },
  }));
  answer(
    { login, roles, ...created },
    `Created ${login} (${roles.join(", ")}).\nPassword: ${created.password}\n${ONCE}`,
  );
}

async function disable({ login, answer }: Asked): Promise<void> {
  await bySystem(async (tx) => {
    const user = await lockUser(tx, { login });
    await disableUser(tx, user);
    const change = {
      action: "users.disable",
      target: `user ${login}`,
      before: { disabled: user.disabled },
      after: { disabled: true },
    };
    return { result: user, change };
  });
  answer(
    { login, disabled: true },
    `Disabled ${login}: its sessions have ended and its tokens no longer work.`,
  );
}

async function enable({ login, answer }: Asked): Promise<void> {
  await bySystem(async (tx) => {
    const user = await lockUser(tx, { login });
    await enableUser(tx, user);
    const change = {
      action: "users.enable",
      target: `user ${login}`,
      before: { disabled: user.disabled },
      after: { disabled: false },
    };
    return { result: user, change };
  });
  answer({ login, disabled: false }, `Enabled ${login}.`);
}

async function changeRoles({ login, values, answer }: Asked): Promise<void> {
  const roles = rolesIn(values.roles);
  const before = await bySystem(async (tx) => {
    const user = await lockUser(tx, { login });
    await setRoles(tx, user, roles);
    const change = {
      action: "users.setRoles",
      target: `user ${login}`,
      before: { roles: user.roles },
      after: { roles },
    };
    return { result: user.roles, change };
  });
  answer({ login, before, roles }, `${login}: ${before.join(", ")} → ${roles.join(", ")}.`);
}

async function reset({ login, values, answer }: Asked): Promise<void> {
  const removeTotp = values["remove-totp"] === true;
  const password = await bySystem(async (tx) => {
    const user = await lockUser(tx, { login });
    const result = await resetPassword(tx, user, removeTotp);
    const after = { password: "reset", totpRemoved: removeTotp };
    return {
      result,
      change: { action: "users.resetPassword", target: `user ${login}`, before: null, after },
    };
  });
  answer(
    { login, password },
    `New password of ${login}: ${password}\n${ONCE} All its sessions have ended.`,
  );
}

function rolesIn(text: string | undefined) {
  if (text === undefined) throw usageError("Give --roles, separated by commas.");
  return checked(
    rolesSchema,
    text.split(",").map((role) => role.trim()),
    "--roles",
  );
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw usageError(`${what}: ${parsed.error.issues.map((issue) => issue.message).join("; ")}.`);
}
