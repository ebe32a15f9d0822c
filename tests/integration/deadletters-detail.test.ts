import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "#lib/auth/actor.ts";
import { newId, sha256 } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import { audited } from "#tests/support/acting.ts";
import { captureQueue, failure, lettersOf } from "./deadletters-failures.ts";
import { submit } from "./deadletters-reads.ts";
import { withWorld } from "./deadletters-world.ts";
import { person } from "./queues-acting.ts";

withWorld();

const anna = person("oncall");
const viewer = person("viewer");
const secret = "anna@example.com";
const payload = `{"user":{"id":9007199254740993,"mail":"${secret}"}}`;

let queueId: number;
let id: string;

beforeEach(async () => {
  queueId = await captureQueue();
  await ingest(queueId, [
    failure({
      jobId: "7",
      data: Buffer.from(payload),
      error: `no mail to ${secret}`,
      stacks: JSON.stringify([
        `Error: no mail to ${secret}\n    at send (/app/src/mail.ts:1:2)\n    at node:internal/timers:1:1`,
      ]),
      opts: `{"attempts":3,"backoff":{"type":"exponential"},"note":"${secret}"}`,
      parent: "bull:orders:17",
      addedAt: new Date("2026-11-23T02:00:00Z"),
    }),
  ]);
  id = String((await lettersOf(queueId))[0]?.id);
});

async function detail(actor: Actor, letter = id, at = new Date()): Promise<LetterDetail> {
  const { get } = deadletters.read;
  const { data } = (await get?.run({ actor, now: at }, letter, {})) ?? {};
  return get?.data.parse(data) as LetterDetail;
}

describe("what a letter shows", () => {
  test("everything that may hold personal data is masked, and its shape is not", async () => {
    const letter = await detail(anna);
    expect(JSON.stringify(letter)).not.toContain(secret);
    expect(JSON.stringify(letter)).not.toContain("9007199254740993");
    expect(letter.payload).toMatchObject({ masked: true, bytes: payload.length, note: null });
    expect(letter.payload.text).toContain('"mail"');
    expect(letter.options.text).toContain('"type":"exponential"');
    expect(letter).toMatchObject({
      revealed: false,
      state: "dead",
      parent: { queue: "bull:orders", job: "17" },
      payloadHash: sha256(payload),
      readOnlyBecause: null,
      edit: null,
      group: { dead: 1, errorClass: "Error" },
    });
    expect(letter.failures).toEqual([
      {
        attempt: 3,
        message: "Error: no mail to •••@•••",
        frames: [
          { text: "at send (/app/src/mail.ts:1:2)", inApp: true },
          { text: "at node:internal/timers:1:1", inApp: false },
        ],
      },
    ]);
  });

  test("a small number or a yes says something about somebody: masked as well", async () => {
    const data = Buffer.from('{"pin":1234,"amount":9.5,"hivPositive":true,"none":null}');
    await ingest(queueId, [failure({ jobId: "8", data })]);
    const other = (await lettersOf(queueId)).find(({ job }) => job === "8");
    const { payload: shown } = await detail(viewer, String(other?.id));
    expect(shown.text).not.toMatch(/1234|9\.5|: true/);
    expect(Object.keys(JSON.parse(shown.text ?? ""))).toEqual([
      "pin",
      "amount",
      "hivPositive",
      "none",
    ]);
  });

  test("a job's name is shown without the address in it", async () => {
    await ingest(queueId, [failure({ jobId: "8", name: `send ${secret}` })]);
    const other = (await lettersOf(queueId)).find(({ job }) => job === "8");
    expect(await detail(viewer, String(other?.id))).toMatchObject({ name: "send •••@•••" });
  });

  test("a changed payload stands beside the original, masked as well", async () => {
    const changed = payload.replace("7199", "0000");
    await submit(anna, "deadletters.edit", { id, data: changed, from: sha256(payload) });
    const { edit, edited } = await detail(anna);
    expect(edit).toMatchObject({ hash: sha256(changed), by: anna.login });
    expect(edit?.payload).toMatchObject({ masked: true, bytes: changed.length });
    expect(edited).toBe(true);
    expect(JSON.stringify(edit)).not.toContain(secret);
  });

  test("who may not reveal payloads gets no hash either, to try values against", async () => {
    const changed = payload.replace("7199", "0000");
    await submit(anna, "deadletters.edit", { id, data: changed, from: sha256(payload) });
    const letter = await detail(viewer);
    expect(letter).toMatchObject({ payloadHash: null, edit: { hash: null, by: anna.login } });
    expect(JSON.stringify(letter)).not.toContain(sha256(payload));
    expect(JSON.stringify(letter)).not.toContain(sha256(changed));
  });

  test("other failures of the same job, newest first", async () => {
    const at = Date.UTC(2026, 10, 23, 5);
    await ingest(queueId, [
      failure({ jobId: "7", failedAt: at }),
      failure({ jobId: "8", failedAt: at }),
    ]);
    const letters = await lettersOf(queueId);
    const newer = letters.find(({ job, id: one }) => job === "7" && String(one) !== id);
    expect((await detail(viewer)).otherFailures).toEqual([
      { id: String(newer?.id), failedAt: new Date(at).toISOString(), state: "dead" },
    ]);
  });

  test("without a payload and without a stack, what is left is shown", async () => {
    const lost = { state: "lost" as const, score: null, data: null, stacks: null, opts: null };
    await ingest(queueId, [failure({ jobId: "9", ...lost, error: "gone" })]);
    const letter = (await lettersOf(queueId)).find(({ job }) => job === "9");
    expect(await detail(viewer, String(letter?.id))).toMatchObject({
      state: "lost",
      payload: { text: null },
      options: { text: null },
      failures: [{ message: "gone", frames: [] }],
    });
  });

  test("why nothing can be done to its queue is said", async () => {
    await sql.query(
      "UPDATE source SET enabled = false WHERE id = (SELECT source_id FROM deadletters_queue WHERE id = $1)",
      [queueId],
    );
    expect((await detail(viewer)).readOnlyBecause).toBe("Its source is no longer configured.");
  });

  test.each(["0", "99999999999999999999", "x", ""])("%s is no letter", async (wrong) => {
    await expect(detail(viewer, wrong)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("reveal", () => {
  test("shows one person one letter for five minutes", async () => {
    await ingest(queueId, [failure({ jobId: "8", data: Buffer.from(payload) })]);
    const other = (await lettersOf(queueId)).find(({ job }) => job === "8");
    await submit(anna, "deadletters.reveal", { id });
    const shown = await detail(anna);
    expect(shown).toMatchObject({ revealed: true, payload: { text: payload, masked: false } });
    expect(shown.failures[0]?.message).toBe(`Error: no mail to ${secret}`);
    expect(shown.options.text).toContain(secret);
    expect((await detail(anna, String(other?.id))).revealed).toBe(false);
    expect((await detail(person("oncall"))).revealed).toBe(false);
    expect((await detail(anna, id, new Date(Date.now() + 5 * 60_000 + 1_000))).revealed).toBe(
      false,
    );
  });

  test("is refused to viewers, and recorded without what it showed", async () => {
    await expect(submit(viewer, "deadletters.reveal", { id })).rejects.toMatchObject({
      code: "forbidden",
    });
    await submit(anna, "deadletters.reveal", { id });
    expect(await audited("deadletters.reveal")).toMatchObject({
      target: `dead letter ${id}`,
      outcome: "succeeded",
      before: { masked: true },
      reason: "a test wants it",
    });
    await expect(submit(anna, "deadletters.reveal", { id: "1234567" })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("twice at once is one grant", async () => {
    const key = newId();
    await Promise.all([1, 2].map(() => submit(anna, "deadletters.reveal", { id }, key)));
    const { rows } = await sql.query("SELECT 1 FROM reveal_grant WHERE target = $1", [
      `letter ${id}`,
    ]);
    expect(rows).toHaveLength(1);
  });
});

describe("history", () => {
  test("tells who did what when and why; other people's runs are for readers of the audit log", async () => {
    await submit(anna, "deadletters.discard", { ids: [id] });
    await submit(anna, "deadletters.restore", { ids: [id] });
    const { body } = await submit(anna, "deadletters.discard", { ids: [id] });
    const told = (await detail(anna)).history;
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted());
    expect(told.map(({ what }) => what)).toEqual([
      "The job was added to its queue",
      "It failed for good after 3 attempts",
      "Plumbline stored the failure",
      "Discard: done",
      "Restore: done",
      "Discard: done",
      "It was discarded",
    ]);
    const by = { by: anna.login, reason: "a test wants it" };
    expect(told.at(-2)).toMatchObject({ ...by, runId: body.id });
    const forViewer = (await detail(viewer)).history;
    expect(forViewer.map(({ runId }) => runId)).toEqual(forViewer.map(() => null));
    expect(forViewer.at(-1)).toMatchObject({ what: "It was discarded", ...by });
  });

  test("who may not reveal payloads reads reasons without what looks like personal data", async () => {
    const reason = `asked for by ${secret}`;
    await sql.query(
      "UPDATE deadletters_letter SET state = 'discarded', acted_by = 'anna', acted_reason = $2, state_at = now() WHERE id = $1::bigint",
      [id, reason],
    );
    expect((await detail(anna)).history.at(-1)).toMatchObject({ reason });
    expect((await detail(viewer)).history.at(-1)).toMatchObject({ reason: "asked for by •••@•••" });
  });

  test("tells what became of a retried job", async () => {
    await sql.query(
      `UPDATE deadletters_letter SET state = 'retried', outcome = 'failed_again', outcome_at = $2, state_at = $2 WHERE id = $1::bigint`,
      [id, new Date(Date.now() + 60_000)],
    );
    expect(
      (await detail(viewer)).history
        .slice(-2)
        .map(({ what }) => what)
        .toSorted(),
    ).toEqual(["It went back into its queue", "The job failed again"]);
  });
});
