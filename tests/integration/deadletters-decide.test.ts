import { describe, expect, test } from "vitest";
import type { OpenSource } from "#lib/sources/define.ts";
import {
  countedStates,
  failedLetters,
  storedLetter,
  onLetterGround,
} from "./deadletters-letters.ts";
import { act, auditOf, person, submit } from "./queues-acting.ts";
import { type QueueTarget } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onLetterGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

const failed = (...jobs: { id: string; data?: object; opts?: object }[]) =>
  failedLetters(target, source, jobs);

const retry = (id: string, more: object = {}) => ({
  source,
  name: "deadletters.retry",
  input: { id, ...more },
});

describe("discard and restore", () => {
  const decide = (name: string, ...ids: string[]) =>
    submit({ source, name: `deadletters.${name}`, input: { ids } });

  test("many at once; those that somebody else changed are counted as skipped", async () => {
    const { mails, letters } = await failed({ id: "a" }, { id: "b" }, { id: "c" });
    await act(retry(letters[0]));
    expect(await decide("discard", ...letters)).toMatchObject({
      result: { changed: 2, skipped: 1 },
    });
    expect(await countedStates()).toMatchObject({ discarded: 2 });
    expect(await mails.getFailedCount()).toBe(2);
    const restored = await decide("restore", letters[1] as string);
    expect(restored).toMatchObject({ result: { changed: 1, skipped: 0 } });
    expect(await act(retry(letters[1] as string))).toMatchObject({ result: { state: "retried" } });
  });

  test("a discarded letter cannot be retried, and why is said", async () => {
    const { letters } = await failed({ id: "a" });
    await decide("discard", letters[0]);
    await expect(submit(retry(letters[0]))).rejects.toMatchObject({
      code: "conflict",
      options: { detail: "It was discarded by admin." },
    });
    await expect(decide("discard", letters[0])).rejects.toMatchObject({ code: "conflict" });
  });

  test("twice at once is one decision", async () => {
    const { letters } = await failed({ id: "a" });
    const both = await Promise.allSettled([
      decide("discard", letters[0]),
      decide("discard", letters[0]),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("what a search finds: exactly what was counted, or nothing", async () => {
    const { letters } = await failed({ id: "a" }, { id: "b" }, { id: "c" });
    const upTo = letters[1] as string;
    const found = (expected: number) =>
      submit({
        source,
        name: "deadletters.discardFound",
        input: { q: `queue:${source.name}~${queue}`, upTo, expected },
      });
    await expect(found(3)).rejects.toMatchObject({ code: "conflict" });
    expect(await found(2)).toMatchObject({ result: { changed: 2, skipped: 0 } });
    expect(await storedLetter(letters[2] as string)).toMatchObject({ state: "dead" });
    await expect(found(2)).rejects.toMatchObject({ code: "conflict" });
  });

  test("what a search finds, recorded without the value of a payload that was looked for", async () => {
    const { letters } = await failed({ id: "a" });
    const own = `queue:${source.name}~${queue}`;
    const q = `${own} -data.card:4111111111111111`;
    const input = { q, upTo: letters[0], expected: 1 };
    const run = await submit({ source, name: "deadletters.discardFound", input });
    expect(await auditOf(run)).toMatchObject([{ after: { q: `${own} -data.card:•••` } }]);
  });

  test("is refused for a viewer", async () => {
    const { letters } = await failed({ id: "a" });
    for (const name of ["discard", "restore"]) {
      const refused = submit({
        actor: person("viewer"),
        source,
        name: `deadletters.${name}`,
        input: { ids: [letters[0]] },
      });
      await expect(refused).rejects.toMatchObject({ code: "forbidden" });
    }
  });
});
