import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemActor } from "#lib/auth/actor.ts";
import { quantile } from "#lib/core/stats.ts";
import { migrate } from "#lib/db/migrate.ts";
import { closePool, sql } from "#lib/db/sql.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startPostgres } from "#lib/embedded/postgres.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import type { Read } from "#lib/signals/define.ts";
import { insertLetters } from "./deadletter-rows.ts";
import { report, timeEach } from "./report.ts";

// Searches over a million dead letters, as a page asks for them, beside reading every letter once. On a Postgres of its own with
// the settings of `npm start`; needs nothing running.

const LETTERS = Number(process.env["LETTERS"] ?? 1_000_000);
const RUNS = 10;
const PAGE_GOAL_MS = 100;
const GROUPS_GOAL_MS = 150;

/** What else the pages ask for, by read. */
const SUGGESTED = ["", "time", "queue:", "name:job-3", "error:T", "group:4", "worker:", "data."];
const ARRIVALS = [
  { q: "", range: "24h" },
  { q: "", range: "30d" },
  { q: "timeout queue:queue-3", range: "30d" },
];

/** What people look for, and what somebody would type who wants it to be slow. */
const SEARCHES = {
  everything: "",
  "a common word": "timeout",
  "a rare word": "rarissimum",
  "no such word": "xyzzyabsent",
  "an id in the message": "cus_4711",
  "a frame of some stacks": "caller17.ts",
  "a frame of every stack": "processjob",
  "a rare frame": "rareframe",
  "without a frame": "-caller17.ts",
  "a phrase with an id": '"order ord_777 could"',
  "two words in different places": "timeout cus_4711",
  "a queue": "queue:queue-3",
  "a group": "group:17",
  "an old incident": "group:340 attempts:>4",
  "an error class": "error:Stripe*",
  "without a word": "-timeout",
  "every state": "state:any cus_4711",
  "the last two hours": "failed:<2h timeout",
  "three weeks ago": "failed:>20d timeout attempts:>4",
  "many attempts, common": "attempts:>3",
  "many attempts, none": "attempts:>20",
  poison: "is:poison",
  "one job": "job:j500000",
  "no such worker": "worker:none",
  "a payload value, common": "data.currency:EUR",
  "a payload value, rare": "data.user.id:19000",
  "a payload value, none": "data:absent",
  "a payload value and poison": "data.currency:JPY is:poison",
  "four things at once": "queue:queue-3 timeout attempts:>4 worker:worker-7",
  "per cent": "%",
  "an underscore": "_",
  "a backslash": String.raw`\\`,
  "two letters": "ab",
  "one digit": "7",
  "part of an address": "10.0",
} as const;

const actor = systemActor("bench");
const dir = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
chmodSync(dir, 0o711);
const postgres = await startPostgres({
  dir: join(dir, "postgres"),
  port: 21_532,
  database: "plumbline",
  extensions: ["pg_trgm"],
});
try {
  Object.assign(process.env, {
    DATABASE_URL: postgres.url,
    REDIS_URL: "redis://127.0.0.1:1",
    PLUMBLINE_SECRET: "only for this benchmark, 32 characters",
  });
  await migrate(postgres.url);
  await insertLetters(LETTERS);
  // As every day.
  await deadletters.retain?.();
  const now = await newest();
  const scan = quantile(await timeEach(3, readEveryLetter), 0.5) ?? Number.NaN;
  const beside = { what: "reading every letter once", value: scan };
  const pages = await measure(deadletters.read.list, now, pageParams(now));
  const groups = await measure(deadletters.reads?.groups, now, [{}]);
  const others = {
    arrivals: await timeRead(deadletters.read.series, now, ARRIVALS),
    suggestions: await timeRead(
      deadletters.reads?.suggestions,
      now,
      SUGGESTED.map((q) => ({ q, at: q.length })),
    ),
    "captures of all queues": await timeRead(deadletters.reads?.captures, now, [{}]),
    "one letter": await timeLetters(now),
  };
  for (const [kind, taken] of pages)
    report({ figure: `deadletters.search.${kind}.p95`, ...p95(taken), beside, goal: PAGE_GOAL_MS });
  report({
    figure: "deadletters.search.all.p95",
    ...p95([...pages.values()].flat()),
    beside,
    goal: PAGE_GOAL_MS,
  });
  for (const [kind, taken] of groups)
    report({
      figure: `deadletters.groups.${kind}.p95`,
      ...p95(taken),
      beside,
      goal: GROUPS_GOAL_MS,
    });
  for (const [read, taken] of Object.entries(others))
    report({ figure: `deadletters.${read}.p95`, ...p95(taken), beside, goal: PAGE_GOAL_MS });
} finally {
  await closePool();
  await postgres.stop();
  removePlaces(dir);
}

/** The first page either way, and one from the middle. */
function pageParams(now: Date): object[] {
  const middle = now.getTime() - 15 * 24 * 3_600_000;
  const cursor = Buffer.from(JSON.stringify([middle, "1"])).toString("base64url");
  return [{}, { dir: "asc" }, { cursor }];
}

/** Milliseconds of each run of each search. */
async function measure(
  read: Read | undefined,
  now: Date,
  variants: readonly object[],
): Promise<Map<string, number[]>> {
  const taken = new Map<string, number[]>();
  for (const [kind, q] of Object.entries(SEARCHES)) {
    const each = variants.map((variant) => ({ q, ...variant }));
    taken.set(kind, await timeRead(read, now, each));
  }
  return taken;
}

/** Milliseconds of each run with each of these parameters, once the caches are as warm as a second look finds them. */
async function timeRead(
  read: Read | undefined,
  now: Date,
  variants: readonly object[],
): Promise<number[]> {
  const all: number[] = [];
  for (const variant of variants) {
    const params: unknown = read?.params.parse(variant);
    all.push(...(await timeWarm(async () => read?.run({ actor, now }, params))));
  }
  return all;
}

async function timeLetters(now: Date): Promise<number[]> {
  const { get } = deadletters.read;
  const all: number[] = [];
  for (const id of [1, Math.ceil(LETTERS / 2), LETTERS].map(String))
    all.push(...(await timeWarm(async () => get?.run({ actor, now }, id, {}))));
  return all;
}

async function timeWarm(run: () => Promise<unknown>): Promise<number[]> {
  await run();
  return timeEach(RUNS, run);
}

function p95(taken: readonly number[]): { value: number; unit: string } {
  return { value: quantile(taken, 0.95) ?? Number.NaN, unit: "ms" };
}

async function newest(): Promise<Date> {
  const { rows } = await sql.query<{ at: Date }>(
    "SELECT max(failed_at) AS at FROM deadletters_letter",
  );
  return rows[0]?.at as Date;
}

/** What a search costs that no index helps with; several cores may take part. */
async function readEveryLetter(): Promise<void> {
  await sql.query(
    "SELECT count(*) FROM deadletters_letter WHERE lower(message) LIKE '%cus_4711%' OR lower(variables) LIKE '%cus_4711%'",
  );
}
