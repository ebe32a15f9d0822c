import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { sqlIn } from "#lib/db/client.ts";
import { personOf } from "../person.ts";
import { rolesSchema, TOKEN_MAX_DAYS } from "../schema.ts";
import { createToken, lockToken, revokeToken, rotateToken } from "../tokens.ts";

const days = z.int().min(1).max(TOKEN_MAX_DAYS);
const byId = z.object({ id: z.uuid() });

const create = defineAction({
  name: "tokens.create",
  title: "Create token",
  where: "store",
  risk: "dangerous",
  approval: "none",
  input: z.object({ name: z.string().trim().min(1).max(100), roles: rolesSchema, days }),
  async run({ tx, actor, input }) {
    const creator = { id: personOf(actor).userId, login: actor.login, roles: actor.roles };
    const { id, secret, expiresAt } = await createToken(sqlIn(tx), { ...input, creator });
    const after = { roles: input.roles, expiresAt: expiresAt.toISOString() };
    const audit = { target: `token ${input.name}`, before: null, after };
    return { result: { id, name: input.name, ...after }, once: { secret }, audit };
  },
});

const rotate = defineAction({
  name: "tokens.rotate",
  title: "Replace token's secret",
  where: "store",
  risk: "dangerous",
  approval: "none",
  input: byId.extend({ days }),
  async run({ tx, input }) {
    const token = await lockToken(sqlIn(tx), input.id);
    const { secret, expiresAt } = await rotateToken(sqlIn(tx), token, input.days);
    const after = { secret: "replaced", expiresAt: expiresAt.toISOString() };
    const audit = { target: `token ${token.name}`, before: null, after };
    const result = { id: token.id, name: token.name, expiresAt: after.expiresAt };
    return { result, once: { secret }, audit };
  },
});

const revoke = defineAction({
  name: "tokens.revoke",
  title: "Revoke token",
  where: "store",
  risk: "low",
  approval: "none",
  input: byId,
  async run({ tx, input }) {
    const token = await lockToken(sqlIn(tx), input.id);
    await revokeToken(sqlIn(tx), token);
    const before = { revoked: token.revoked };
    const audit = { target: `token ${token.name}`, before, after: { revoked: true } };
    return { result: { id: token.id, name: token.name }, audit };
  },
});

export const TOKEN_ACTIONS = [create, rotate, revoke];
