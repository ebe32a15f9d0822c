import { executeRun } from "#lib/actions/execute.ts";
import { actionByName } from "#lib/actions/index.ts";
import type { Run } from "#lib/actions/schema.ts";
import { runById } from "#lib/actions/runs.ts";
import { submitAction } from "#lib/actions/submit.ts";
import type { Actor, Role } from "#lib/auth/actor.ts";
import { newId } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import type { OpenSource } from "#lib/sources/define.ts";

export function person(...roles: Role[]): Actor {
  const id = `user:${newId()}`;
  const login = roles.join("-");
  return { id, login, roles, via: "session", sessionId: newId(), authAt: new Date() };
}

interface Intent {
  actor?: Actor;
  source: OpenSource;
  name: string;
  input: unknown;
  key?: string;
}

/** Submits an action as its API route does; returns the recorded run. */
export async function submit({ actor, source, name, input, key }: Intent): Promise<Run> {
  const { body } = await submitAction({
    actor: actor ?? person("admin"),
    name,
    idempotencyKey: key ?? newId(),
    source: source.name,
    input,
    reason: "a test wants it",
    requestId: newId(),
  });
  return body;
}

/** Carries a recorded run out as the worker does; returns what became of it. */
export async function carryOut(run: Pick<Run, "id">, source: OpenSource): Promise<Run> {
  const context = { openSource: () => Promise.resolve(source), findAction: actionByName };
  await executeRun(run.id, context);
  const finished = await runById(sql, run.id);
  if (!finished) throw new Error(`run ${run.id} vanished`);
  return finished;
}

export async function act(intent: Intent): Promise<Run> {
  return carryOut(await submit(intent), intent.source);
}

/** The audit events of one run, oldest first. */
export async function auditOf(run: Pick<Run, "id">) {
  const { rows } = await sql.query<{
    phase: string;
    action: string;
    target: string;
    outcome: string | null;
    reason: string | null;
    before: unknown;
    after: unknown;
  }>(
    "SELECT phase, action, target, outcome, reason, before, after FROM audit_event WHERE run_id = $1 ORDER BY seq",
    [run.id],
  );
  return rows;
}
