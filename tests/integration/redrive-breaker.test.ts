import { expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { read } from "./deadletters-reads.ts";
import { person } from "./queues-acting.ts";
import { until } from "./queues-target.ts";
import {
  act,
  carryAllOn,
  jobIds,
  letLeasesEnd,
  onStage,
  shown,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

let stage: Stage;

onStage(
  (opened) => {
    stage = opened;
  },
  { breaker: "bank", breaker_card_payouts: "card-scheme" },
);

async function started(input: Parameters<typeof startRedrive>[0]): Promise<string> {
  const [redrive] = await startRedrive(input);
  return redrive?.id as string;
}

const breaker = (name: string, state: string) =>
  sql.query(
    `INSERT INTO entity (source_id, signal, key, data, observed_at) VALUES ($1, 'breakers', $2, $3, now())
     ON CONFLICT (source_id, signal, key) DO UPDATE SET data = EXCLUDED.data, observed_at = now()`,
    [stage.source.id, name, JSON.stringify({ state })],
  );

test("an open breaker holds it; when the breaker closes it goes on by itself", async () => {
  await stage.dead("mails", jobIds(5));
  await breaker("bank", "open");
  const id = await started({});
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({
    state: "held",
    note: "Breaker bank is open. It goes on by itself when the breaker closes.",
    items: { pending: 5 },
  });
  await letLeasesEnd();
  await carryAllOn(stage.source);
  expect((await shown(id)).state).toBe("held");
  await breaker("bank", "half_open");
  await letLeasesEnd();
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "completed", note: null, items: { retried: 5 } });
});

test("a person may send into an open breaker", async () => {
  await stage.dead("mails", jobIds(5));
  await breaker("bank", "open");
  const id = await started({});
  await carryAllOn(stage.source);
  await act("redrives.resume", { id });
  await carryAllOn(stage.source);
  expect((await shown(id)).state).toBe("completed");
});

test("what a person said of one opening does not hold for the next", async () => {
  await stage.dead("mails", jobIds(30));
  await breaker("bank", "open");
  const id = await started({ rate: 1 });
  await carryAllOn(stage.source);
  await act("redrives.resume", { id });
  const working = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried > 0,
  );
  await breaker("bank", "closed");
  await until(
    () => sql.query("SELECT ignores_breaker AS ignored FROM deadletters_redrive"),
    ({ rows }) => rows[0]?.ignored === false,
  );
  await breaker("bank", "open");
  await working;
  expect(await shown(id)).toMatchObject({
    state: "held",
    breaker: { name: "bank", state: "open" },
  });
});

const dryRun = () => read<Selection>("selection", { q: "" }, person("oncall"));

test("a breaker that nobody saw lately holds nothing, and both pages say that it is not known", async () => {
  await stage.dead("mails", jobIds(5));
  await breaker("bank", "open");
  expect((await dryRun()).queues[0]?.breaker).toEqual({ name: "bank", state: "open" });
  await sql.query("UPDATE entity SET observed_at = now() - interval '1 minute'");
  expect((await dryRun()).queues[0]?.breaker).toEqual({ name: "bank", state: "unknown" });
  const id = await started({});
  expect((await shown(id)).breaker).toEqual({ name: "bank", state: "unknown" });
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "completed", breaker: null });
});

test("what a breaker held stays held while nobody sees the breaker", async () => {
  await stage.dead("mails", jobIds(5));
  await breaker("bank", "open");
  const id = await started({});
  await carryAllOn(stage.source);
  await sql.query("UPDATE entity SET observed_at = now() - interval '1 minute'");
  await letLeasesEnd();
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "held", breaker: { state: "unknown" } });
  await breaker("bank", "closed");
  await letLeasesEnd();
  await carryAllOn(stage.source);
  expect(await shown(id)).toMatchObject({ state: "completed" });
});

test("a queue's own breaker counts, not that of the others", async () => {
  await stage.dead("card-payouts", jobIds(2));
  await breaker("bank", "open");
  await breaker("card-scheme", "closed");
  const id = await started({});
  await carryAllOn(stage.source);
  expect((await shown(id)).state).toBe("completed");
});
