import { randomUUID } from "node:crypto";
import { z } from "zod";
import { sleep } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { livePageSchema } from "#lib/signals/queues/live-schema.ts";
import { redriveSchema } from "#lib/signals/deadletters/redrive-schema.ts";
import { listSchema, selectionSchema } from "#lib/signals/deadletters/schema.ts";
import { timeEach } from "../report.ts";
import { attach, type Running } from "../running.ts";
import { watchMemory } from "./child.ts";
import type { Measured, Meter } from "./meter.ts";
import { notTriedSince, QUEUE, untilIdle } from "./load.ts";
import { timePages } from "./pages.ts";
import { type Product, SOURCE, startProduct } from "./product.ts";

const KEY = `bull:${QUEUE}`;
const SEARCHES = 30;
/** Letters per second. */
const RATE = Number(process.env["RATE"] ?? 1_000);
const LOOK_MS = 500;
/** The rate is judged by every stretch as long as this. */
const STRETCH_MS = 10_000;

type Ask = <T>(path: string, schema: z.ZodType<T>, body?: unknown) => Promise<T>;

export interface PlumblineFigures {
  /** From the start of the product on. */
  capture: Measured<void>;
  /** From the first failure that was stored to the last. */
  captureSeconds: number;
  livePage: Measured<number[]>;
  letters: Measured<number[]>;
  find: Measured<number[]>;
  redrive: Measured<Redriven>;
  neverTried: number;
  webMb: number;
  workerMb: number;
  /** Megabytes that the worker took more at the end of the redrive than at its beginning. */
  workerGrowthMb: number;
}

interface Redriven {
  sent: number;
  asked: number;
  /** The worst stretch: how far its rate was from what was asked, in per cent; null when the redrive was shorter than one. */
  offPercent: number | null;
}

/** Everything of ours that is measured, with a queue of `count` failures that it has never seen. */
export async function measurePlumbline(
  home: string,
  url: string,
  meter: Meter,
  count: number,
): Promise<PlumblineFigures> {
  const started = Promise.withResolvers<Product>();
  const capture = await meter.during(async () => {
    started.resolve(await startProduct(home, url));
    await untilCaptured(count);
  });
  const captureSeconds = await secondsOfCapture();
  const product = await started.promise;
  // Only now: a session may start a large redrive for five minutes after signing in.
  const running = await attach();
  try {
    const ask = askerOf(running);
    const web = watchMemory([product.webPid]);
    const worker = watchMemory([product.workerPid]);
    const reads = await measureReads(ask, meter, count);
    const since = Date.now();
    const redriving = watchMemory([product.workerPid]);
    const redrive = await meter.during(() => redriveAll(ask));
    const { growth: workerGrowthMb } = await redriving.stop();
    await untilIdle(url);
    const neverTried = await notTriedSince(url, since);
    const [{ peak: webMb }, { peak: workerMb }] = await Promise.all([web.stop(), worker.stop()]);
    const memory = { webMb, workerMb, workerGrowthMb };
    return { capture, captureSeconds, ...reads, redrive, neverTried, ...memory };
  } finally {
    await running.close();
    await product.stop();
  }
}

async function measureReads(ask: Ask, meter: Meter, count: number) {
  const live = `queues/live/jobs?source=${SOURCE}&queue=${KEY}&state=failed`;
  const one = dataOf(livePageSchema.nullable());
  const livePage = await meter.during(() =>
    timePages((size) => ask(`/signals/${live}&limit=${size}`, one)),
  );
  const page = dataOf(listSchema);
  const letters = await meter.during(() =>
    timePages((size) => ask(`/signals/deadletters?limit=${size}`, page)),
  );
  const find = await meter.during(() => {
    const orders = Array.from({ length: SEARCHES }, (_, at) => Math.floor((at * count) / SEARCHES));
    const next = orders.values();
    return timeEach(SEARCHES, () => findOrder(ask, next.next().value ?? 0));
  });
  return { livePage, letters, find };
}

/** A page tells how far it searched: as somebody who asks for more, it goes on until the order is there. */
async function findOrder(ask: Ask, order: number): Promise<void> {
  let cursor: string | null = "";
  while (cursor !== null) {
    const query = new URLSearchParams({ q: `data.order.id:${order}`, limit: "25" });
    if (cursor !== "") query.set("cursor", cursor);
    const { data }: { data: z.infer<typeof listSchema> } = await ask(
      `/signals/deadletters?${query.toString()}`,
      dataOf(listSchema),
    );
    if (data.rows.length > 0) return;
    cursor = data.nextCursor;
  }
  throw new Error(`no letter of order ${order}`);
}

/** Sends back everything that is dead, with the safety stops off: the worker still fails. */
async function redriveAll(ask: Ask): Promise<Redriven> {
  const path = `/signals/deadletters/reads/selection?q=queue:${QUEUE}`;
  const { data: selection } = await ask(path, dataOf(selectionSchema));
  const { query: q, upTo, total: expected } = selection;
  const input = { q, upTo, expected, name: "benchmark", rate: RATE, canary: 0, stopRatio: 1 };
  const { result } = await ask("/actions/redrives.start", startedSchema, {
    input,
    reason: "benchmark",
  });
  const [started] = result.redrives;
  const looks: Look[] = [];
  for (;;) {
    const one = `/signals/deadletters/reads/redrive?id=${started.id}`;
    const { data, observedAt } = await ask(one, readingOf(redriveSchema));
    const sent = data.items.retried;
    if (data.items.pending + data.items.claimed === 0)
      return { sent, asked: RATE, offPercent: worstStretch(looks) };
    if (data.state !== "running") throw new Error(`The redrive is ${data.state}: ${data.note}`);
    if (sent > 0) looks.push({ at: Date.parse(observedAt), sent });
    await sleep(LOOK_MS);
  }
}

interface Look {
  at: number;
  sent: number;
}

function worstStretch(looks: readonly Look[]): number | null {
  const off = looks.flatMap((from) => {
    const to = looks.find(({ at }) => at >= from.at + STRETCH_MS);
    if (!to) return [];
    const rate = ((to.sent - from.sent) / (to.at - from.at)) * 1_000;
    return [Math.abs(rate / RATE - 1) * 100];
  });
  return off.length > 0 ? Math.max(...off) : null;
}

const startedSchema = z.object({
  result: z.object({ redrives: z.tuple([z.object({ id: z.string() })]) }),
});
const readingOf = <T>(schema: z.ZodType<T>) =>
  z.object({ data: schema, observedAt: z.iso.datetime() });
const dataOf = <T>(schema: z.ZodType<T>) => z.object({ data: schema });

async function untilCaptured(count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ dead: number }>(
      "SELECT coalesce(sum(count), 0)::float8 AS dead FROM deadletters_count WHERE state = 'dead'",
    );
    if (rows[0]?.dead === count) return;
    await sleep(250);
  }
}

async function secondsOfCapture(): Promise<number> {
  const { rows } = await sql.query<{ seconds: number }>(
    "SELECT extract(epoch FROM max(captured_at) - min(captured_at))::float8 AS seconds FROM deadletters_letter",
  );
  return rows[0]?.seconds ?? Number.NaN;
}

/** Speaks to the product's API, as its pages do. */
function askerOf({ url, cookie }: Running): Ask {
  return async (path, schema, body) => {
    const headers = { cookie, origin: url, "content-type": "application/json" };
    const response = await fetch(`${url}/api/v1${path}`, {
      headers: { ...headers, ...(body !== undefined && { "idempotency-key": randomUUID() }) },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return schema.parse(await response.json());
  };
}
