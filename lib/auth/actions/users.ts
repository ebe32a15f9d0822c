import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sqlIn } from "#lib/db/client.ts";
import type { Actor } from "../actor.ts";
import { loginSchema, rolesSchema } from "../schema.ts";
import {
  createUser,
  disableUser,
  enableUser,
  lockUser,
  type ManagedUser,
  resetPassword,
  setRoles,
} from "../users.ts";

const byId = z.object({ id: z.uuid() });

const create = defineAction({
  name: "users.create",
  title: "Create account",
  where: "store",
  risk: "dangerous",
  approval: "none",
  input: z.object({
    login: loginSchema,
    name: z.string().trim().min(1).max(100),
    roles: rolesSchema,
  }),
  async run({ tx, input }) {
    const { id, password } = await createUser(sqlIn(tx), input);
    const audit = { target: `user ${input.login}`, before: null, after: { roles: input.roles } };
    return { result: { id, login: input.login }, once: { password }, audit };
  },
});

const disable = defineAction({
  name: "users.disable",
  title: "Disable account",
  where: "store",
  risk: "low",
  approval: "none",
  input: byId,
  async run({ tx, actor, input }) {
    const user = await lockUser(sqlIn(tx), input);
    refuseOwn(actor, user);
    await disableUser(sqlIn(tx), user);
    return outcome(user, { disabled: user.disabled }, { disabled: true });
  },
});

const enable = defineAction({
  name: "users.enable",
  title: "Enable account",
  where: "store",
  risk: "low",
  approval: "none",
  input: byId,
  async run({ tx, input }) {
    const user = await lockUser(sqlIn(tx), input);
    await enableUser(sqlIn(tx), user);
    return outcome(user, { disabled: user.disabled }, { disabled: false });
  },
});

const roles = defineAction({
  name: "users.setRoles",
  title: "Change roles",
  where: "store",
  risk: "dangerous",
  approval: "none",
  input: byId.extend({ roles: rolesSchema }),
  async run({ tx, input }) {
    const user = await lockUser(sqlIn(tx), { id: input.id });
    await setRoles(sqlIn(tx), user, input.roles);
    return outcome(user, { roles: user.roles }, { roles: input.roles });
  },
});

const reset = defineAction({
  name: "users.resetPassword",
  title: "Reset password",
  where: "store",
  risk: "dangerous",
  approval: "none",
  input: byId.extend({ removeTotp: z.boolean().default(false) }),
  async run({ tx, input }) {
    const user = await lockUser(sqlIn(tx), { id: input.id });
    const password = await resetPassword(sqlIn(tx), user, input.removeTotp);
    const done = outcome(user, null, { password: "reset", totpRemoved: input.removeTotp });
    return { ...done, once: { password } };
  },
});

export const USER_ACTIONS = [create, disable, enable, roles, reset];

function refuseOwn(actor: Actor, user: ManagedUser): void {
  if (actor.id !== `user:${user.id}`) return;
  throw new AppError("precondition_failed", "You cannot disable your own account", {
    remedy: "Ask another admin.",
  });
}

function outcome<Change extends Record<string, boolean | string | string[]> | null>(
  user: ManagedUser,
  before: Change | null,
  after: Change,
) {
  const result = { id: user.id, login: user.login };
  return { result, audit: { target: `user ${user.login}`, before, after } };
}
