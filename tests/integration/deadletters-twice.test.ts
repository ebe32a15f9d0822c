import { beforeEach, expect, test } from "vitest";
import { newId, sha256 } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import { failure } from "./deadletters-failures.ts";
import { submit } from "./deadletters-reads.ts";
import { MAIN, withWorld } from "./deadletters-world.ts";
import { auditOf, person } from "./queues-acting.ts";
import { startRedrive } from "./redrive-world.ts";

withWorld();

const PAYLOAD = '{"order":1}';
let letter: string;

beforeEach(async () => {
  await sql.query("TRUNCATE deadletters_queue, deadletters_group, deadletters_view CASCADE");
  const { rows } = await sql.query<{ id: number }>(
    "INSERT INTO deadletters_queue (source_id, key) VALUES ($1, 'bull:mails') RETURNING id",
    [MAIN],
  );
  await ingest(rows[0]?.id as number, [failure({ jobId: "a", data: Buffer.from(PAYLOAD) })]);
  letter = String(await only("SELECT id FROM deadletters_letter"));
});

/** The one value of the one row. */
async function only(text: string): Promise<unknown> {
  const { rows } = await sql.query<Record<string, unknown>>(text);
  expect(rows).toHaveLength(1);
  return Object.values(rows[0] ?? {})[0];
}

const set = (text: string) => () => sql.query(text);
const state = () => only("SELECT state FROM deadletters_letter");
const changes = () => only("SELECT count(*)::int FROM deadletters_edit");
const views = () => only("SELECT count(*)::int FROM deadletters_view");
const changed = () =>
  submit(person("admin"), "deadletters.edit", { id: letter, data: "{}", from: sha256(PAYLOAD) });
const started = () => startRedrive({ rate: 1 });
const redrive = async () => ({ id: await only("SELECT id FROM deadletters_redrive") });
const redriveState = () => only("SELECT state FROM deadletters_redrive");

interface Case {
  name: string;
  /** What must be so before. */
  given?: () => Promise<unknown>;
  input: () => object | Promise<object>;
  effect: () => Promise<unknown>;
  once: unknown;
  after: object | null;
}

const ids = () => ({ ids: [letter] });
const id = () => ({ id: letter });

const CASES: Case[] = [
  {
    name: "deadletters.edit",
    input: () => ({ id: letter, data: "{}", from: sha256(PAYLOAD) }),
    effect: changes,
    once: 1,
    after: { edited: true, bytes: 2 },
  },
  {
    name: "deadletters.revert",
    given: changed,
    input: id,
    effect: changes,
    once: 0,
    after: { edited: false },
  },
  {
    name: "deadletters.discard",
    input: ids,
    effect: state,
    once: "discarded",
    after: { state: "discarded", skipped: 0 },
  },
  {
    name: "deadletters.discardFound",
    input: () => ({ q: "", upTo: letter, expected: 1 }),
    effect: state,
    once: "discarded",
    after: { state: "discarded", changed: 1 },
  },
  {
    name: "deadletters.restore",
    given: set("UPDATE deadletters_letter SET state = 'discarded'"),
    input: ids,
    effect: state,
    once: "dead",
    after: { state: "dead", skipped: 0 },
  },
  {
    name: "deadletters.saveView",
    input: () => ({ name: "mine", query: "queue:mails" }),
    effect: views,
    once: 1,
    after: { name: "mine", query: "queue:mails" },
  },
  {
    name: "deadletters.removeView",
    given: () => submit(person("admin"), "deadletters.saveView", { name: "mine", query: "" }),
    input: async () => ({ id: await only("SELECT id FROM deadletters_view") }),
    effect: views,
    once: 0,
    after: null,
  },
  {
    name: "redrives.setRate",
    given: started,
    input: async () => ({ ...(await redrive()), rate: 7 }),
    effect: () => only("SELECT rate FROM deadletters_redrive"),
    once: 7,
    after: { rate: 7 },
  },
  {
    name: "redrives.pause",
    given: started,
    input: redrive,
    effect: redriveState,
    once: "paused",
    after: { state: "paused" },
  },
  {
    name: "redrives.resume",
    given: async () => {
      await started();
      await submit(person("admin"), "redrives.pause", await redrive());
    },
    input: redrive,
    effect: redriveState,
    once: "running",
    after: { state: "running" },
  },
  {
    name: "redrives.cancel",
    given: started,
    input: redrive,
    effect: redriveState,
    once: "cancelled",
    after: { state: "cancelled" },
  },
];

test.each(CASES)(
  "$name submitted twice at once: one effect, recorded once",
  async ({ name, given, input, effect, once, after }) => {
    await given?.();
    const wanted = await input();
    const [actor, key] = [person("admin"), newId()];
    const both = await Promise.allSettled([1, 2].map(() => submit(actor, name, wanted, key)));
    const runs = both.flatMap((one) => (one.status === "fulfilled" ? [one.value.body] : []));
    // Whoever comes while the first is under way is told to wait.
    const refused = both.flatMap((one) => (one.status === "rejected" ? [one.reason.status] : []));
    expect(refused).toEqual(refused.map(() => 409));
    expect(new Set(runs.map((run) => run.id)).size).toBe(1);
    expect(await effect()).toEqual(once);
    const events = await auditOf(runs[0] as { id: string });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ action: name, outcome: "succeeded", after });
  },
);
