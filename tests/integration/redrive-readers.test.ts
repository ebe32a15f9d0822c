import { expect, test } from "vitest";
import type { Role } from "#lib/auth/actor.ts";
import type { Redrive } from "#lib/signals/deadletters/redrive-schema.ts";
import { redrive as redriveRead } from "#lib/signals/deadletters/redrive/read.ts";
import { auditOf, person } from "./queues-acting.ts";
import { act, everythingDead, jobIds, onStage, type Stage } from "./redrive-world.ts";

let stage: Stage;

onStage((opened) => {
  stage = opened;
});

const q = "-data.mail:anna@example.com";

async function startedBy(reason: string) {
  await stage.dead("mails", jobIds(1));
  const run = await act("redrives.start", { ...(await everythingDead()), q }, { reason });
  const [redrive] = (run.result as { redrives: { id: string }[] }).redrives;
  return { run, id: redrive?.id ?? "" };
}

async function seenBy(role: Role, id: string): Promise<Redrive> {
  const { data } = await redriveRead.run({ actor: person(role), now: new Date() }, { id });
  return redriveRead.data.parse(data) as Redrive;
}

test("the audit log holds no value of a payload that was searched for", async () => {
  const { run } = await startedBy("the bank is back");
  expect(await auditOf(run)).toMatchObject([{ after: { q: "-data.mail:•••" } }]);
});

test.each<Role>(["viewer", "finance", "approver"])(
  "%s, who may not reveal payloads, reads neither that value nor what looks personal in the reason",
  async (role) => {
    const reason = "anna@example.com asked for it";
    const { id } = await startedBy(reason);
    expect(await seenBy("oncall", id)).toMatchObject({ query: q, reason });
    expect(await seenBy(role, id)).toMatchObject({
      query: "-data.mail:•••",
      reason: "•••@••• asked for it",
    });
  },
);
