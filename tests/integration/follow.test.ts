import { afterAll, beforeAll, expect, test } from "vitest";
import { sleep } from "#lib/core/time.ts";
import { defineSignal } from "#lib/signals/define.ts";
import type { OpenSource, SourceConfig } from "#lib/sources/define.ts";
import { SourceError } from "#lib/sources/errors.ts";
import { type Followable, startFollow } from "#workers/follow.ts";
import { type Ground, openGround } from "#tests/support/access.ts";

let ground: Ground;

beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

/** A signal that notes its rounds; `work` is what a round does with one source. */
function followed(work: (source: string, abort: AbortSignal) => Promise<void>) {
  return defineSignal({
    id: "noted",
    title: "Noted",
    sources: ["redis"],
    every: "1s",
    headline: { label: "x", unit: "count", metrics: [], entity: /./, value: () => null },
    collect: async () => ({ rows: [], unread: [] }),
    save: async () => [],
    problems: async () => [],
    follow: ({ source, abort }) => work(source.id, abort),
    read: { list: undefined as never },
    actions: [],
    metrics: [],
  });
}

const config = (name: string, kind: "redis" | "bullmq" = "redis"): SourceConfig =>
  ({ name, kind, url: "", labels: {}, intervalMs: 1_000, options: {} }) as SourceConfig;

function followable(
  work: (source: string, abort: AbortSignal) => Promise<void>,
  ids: string[],
): Followable {
  const sources = new Map(ids.map((id) => [id, config(id)]));
  return {
    signals: [followed(work)],
    sources: () => sources,
    openSource: async (id) => ({ id, kind: "redis" }) as OpenSource,
    ready: () => true,
  };
}

test("of two workers one follows a source at a time; a slow source holds up no other", async () => {
  const running = new Map<string, number>();
  const rounds = new Map<string, number>();
  const seen = { together: 0 };
  const work = async (id: string): Promise<void> => {
    running.set(id, (running.get(id) ?? 0) + 1);
    seen.together = Math.max(seen.together, running.get(id) ?? 0);
    await sleep(id === "slow" ? 4_000 : 20);
    running.set(id, (running.get(id) ?? 0) - 1);
    rounds.set(id, (rounds.get(id) ?? 0) + 1);
  };
  const workers = [0, 1].map(() => startFollow(followable(work, ["slow", "quick"])));
  await expect.poll(() => rounds.get("quick") ?? 0, { timeout: 8_000 }).toBeGreaterThanOrEqual(3);
  expect(rounds.get("slow") ?? 0).toBeLessThanOrEqual(1);
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(seen.together).toBe(1);
});

test("a round that fails is followed by another; stopping asks the one under way to put its work down", async () => {
  const seen = { rounds: 0, aborted: false };
  const loop = startFollow(
    followable(
      async (_id, abort) => {
        seen.rounds += 1;
        if (seen.rounds === 1) throw new SourceError("refused", "Nobody is there.");
        await new Promise<void>((resolve) => abort.addEventListener("abort", () => resolve()));
        seen.aborted = true;
      },
      ["only"],
    ),
  );
  await expect.poll(() => seen.rounds, { timeout: 5_000 }).toBe(2);
  await loop.stop();
  expect(seen.aborted).toBe(true);
});

test("sources of other kinds are not followed", async () => {
  const seen: string[] = [];
  const work = async (id: string): Promise<void> => void seen.push(id);
  const { sources: _sources, ...rest } = followable(work, []);
  const both = new Map([
    ["a", config("a", "bullmq")],
    ["b", config("b")],
  ]);
  const loop = startFollow({ ...rest, sources: () => both });
  await expect.poll(() => seen.length, { timeout: 5_000 }).toBeGreaterThan(0);
  await loop.stop();
  expect(new Set(seen)).toEqual(new Set(["b"]));
});
