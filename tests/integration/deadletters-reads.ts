import { submitAction } from "#lib/actions/submit.ts";
import type { Actor } from "#lib/auth/actor.ts";
import { newId } from "#lib/core/ids.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import { now } from "./deadletters-world.ts";

/** One of the signal's reads, as a person would get it; its answer fits its form. */
export async function read<Data>(name: string, params: object, actor: Actor): Promise<Data> {
  const { list, series } = deadletters.read;
  const found = { list, series, ...deadletters.reads }[name];
  if (!found) throw new Error(`there is no read ${name}`);
  const { data } = await found.run({ actor, now }, found.params.parse(params));
  return found.data.parse(data) as Data;
}

/** Submits an action on our own tables. */
export function submit(actor: Actor, name: string, input: object, idempotencyKey = newId()) {
  const reason = "a test wants it";
  return submitAction({ actor, name, idempotencyKey, input, reason, requestId: newId() });
}
