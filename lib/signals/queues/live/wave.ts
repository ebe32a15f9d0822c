import { HOUR, MINUTE, SECOND } from "#lib/core/time.ts";
import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { dueTime, stateKey } from "#lib/sources/bullmq/states.ts";
import type { WAVE_WINDOWS, Wave } from "../wave-schema.ts";
import { peakOf } from "./wave-peak.ts";

export type WindowName = (typeof WAVE_WINDOWS)[number];

const WINDOWS: readonly (readonly [Exclude<WindowName, "auto">, number])[] = [
  ["10m", 10 * MINUTE],
  ["1h", HOUR],
  ["6h", 6 * HOUR],
  ["24h", 24 * HOUR],
  ["7d", 168 * HOUR],
];
const BUCKETS = 60;
/** Random jobs looked at per bucket; smaller ones are counted in full. */
const SAMPLE = 10;
/** Of the jobs that are to come, this share is enough for `auto`. */
const NEARLY_ALL = 0.95;

/** Delayed jobs as a backend counts them. */
interface Due {
  total: number;
  overdue: number;
  next: Date | null;
  /** Of those to come, how many within each of `WAVE_LENGTHS`. */
  within: readonly number[];
}

interface Bucket {
  /** Milliseconds since 1970. */
  at: number;
  total: number;
  /** Jobs that were looked at for `retrying`, which is null when none could be. */
  looked: number;
  retrying: number | null;
}

/** How far ahead one may look, in milliseconds. */
export const WAVE_LENGTHS = WINDOWS.map(([, length]) => length);

/** Two bounded reads of the delayed jobs: how many are due until when, and a closer look at stretches of equal length. */
export interface WaveReader {
  due(now: number): Promise<Due>;
  buckets(starts: readonly number[], step: number): Promise<Bucket[]>;
}

/** When delayed jobs are due: the shortest window that holds nearly all of them, unless one is named. */
export async function waveOf(window: WindowName, reader: WaveReader): Promise<Wave> {
  const now = Date.now();
  const { total, overdue, next, within } = await reader.due(now);
  const chosen = choose(window, within, total - overdue);
  const length = WINDOWS[chosen]?.[1] ?? HOUR;
  const step = length / BUCKETS;
  const starts = Array.from({ length: BUCKETS }, (_bucket, at) => now + at * step);
  const buckets = await reader.buckets(starts, step);
  return {
    seenAt: now,
    windowSeconds: length / SECOND,
    bucketSeconds: step / SECOND,
    total,
    overdue,
    later: Math.max(0, total - overdue - (within[chosen] ?? 0)),
    next: next?.toISOString() ?? null,
    buckets: buckets.map(({ at, total: all, retrying }) => ({
      at: new Date(at).toISOString(),
      total: all,
      retrying,
    })),
    estimated: buckets.some((bucket) => bucket.total > bucket.looked),
    peak: peakOf(buckets, step),
  };
}

function choose(window: WindowName, within: readonly number[], ahead: number): number {
  const named = WINDOWS.findIndex(([name]) => name === window);
  if (named >= 0) return named;
  const enough = within.findIndex((count) => count >= ahead * NEARLY_ALL);
  return enough >= 0 ? enough : WINDOWS.length - 1;
}

/** Counts the delayed jobs of a queue on Redis: some hundred short commands, however many there are. */
export const readWave = (
  conn: BullmqConnection,
  queue: QueueRef,
  window: WindowName,
): Promise<Wave> =>
  waveOf(window, {
    due: (now) => readDue(conn, queue, now),
    buckets: (starts, step) => readBuckets(conn, queue, starts, step),
  });

async function readDue(conn: BullmqConnection, queue: QueueRef, now: number): Promise<Due> {
  const key = stateKey(queue, "delayed");
  const [total, overdue, head, ...within] = await conn.run((redis) =>
    Promise.all([
      redis.zcard(key),
      redis.zcount(key, "-inf", `(${score(now)}`),
      redis.zrange(key, 0, 0, "WITHSCORES"),
      ...WAVE_LENGTHS.map((length) => redis.zcount(key, score(now), `(${score(now + length)}`)),
    ]),
  );
  return { total, overdue, within, next: head[1] === undefined ? null : dueTime(Number(head[1])) };
}

/** Jobs are sampled by their rank: a herd in one second weighs as much as it is. */
async function readBuckets(
  conn: BullmqConnection,
  queue: QueueRef,
  starts: readonly number[],
  step: number,
) {
  const key = stateKey(queue, "delayed");
  const counts = await readEach(conn, starts, (batch, from) => {
    batch.zcount(key, score(from), `(${score(from + step)}`);
  });
  const totals = counts.map(([total]) => Number(total ?? 0));
  let rank = await conn.run((redis) => redis.zcount(key, "-inf", `(${score(starts[0] ?? 0)}`));
  const picks = totals.flatMap((total, bucket) => {
    const ranks = sampleRanks(rank, total);
    rank += total;
    return ranks.map((at) => ({ bucket, at }));
  });
  const ids = await readEach(conn, picks, (batch, { at }) => {
    batch.zrange(key, at, at);
  });
  const attempts = await readEach(conn, ids, (batch, [found]) => {
    const [id = ""] = (found ?? []) as string[];
    batch.hmget(queueKey(queue, id), "atm", "attemptsMade");
  });
  return starts.map((at, bucket) => {
    const total = totals[bucket] ?? 0;
    const tried = attempts.filter((_answer, pick) => picks[pick]?.bucket === bucket).map(hasTried);
    const looked = tried.length;
    const share = looked > 0 ? tried.filter(Boolean).length / looked : 0;
    const retrying = total === 0 ? 0 : looked === 0 ? null : Math.round(total * share);
    return { at, total, looked, retrying };
  });
}

function sampleRanks(first: number, total: number): number[] {
  if (total <= SAMPLE) return Array.from({ length: total }, (_rank, at) => first + at);
  return Array.from({ length: SAMPLE }, () => first + Math.floor(Math.random() * total));
}

function hasTried([answer]: readonly unknown[]): boolean {
  const [made, older] = (answer ?? []) as (string | null)[];
  return Number(made ?? older ?? 0) > 0;
}

const score = (ms: number): number => Math.floor(ms) * 4_096;
