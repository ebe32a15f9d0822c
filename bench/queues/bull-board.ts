import { z } from "zod";
import { startChild, watchMemory } from "./child.ts";
import type { Measured, Meter } from "./meter.ts";
import { notTriedSince, QUEUE, untilIdle } from "./load.ts";
import { timePages } from "./pages.ts";

const pageSchema = z.object({
  queues: z.tuple([
    z.object({
      jobs: z.array(z.object({ data: z.object({ order: z.object({ id: z.number() }) }) })),
    }),
  ]),
});
const retriedSchema = z.object({ retried: z.number(), skipped: z.number() });

/** Its largest page. */
const LARGEST_PAGE = 300;

export interface BullBoardFigures {
  page: Measured<number[]>;
  find: Measured<void>;
  retryAll: Measured<z.infer<typeof retriedSchema>>;
  neverTried: number;
  memoryMb: number;
}

/** Everything of it that is measured. `order` is one to look for. */
export async function measureBullBoard(
  url: string,
  meter: Meter,
  order: number,
): Promise<BullBoardFigures> {
  const board = await startChild("bull-board-process.ts", url);
  const memory = watchMemory([board.pid]);
  const base = String(board.first);
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${base}/api/queues${path}`, init);
    if (!response.ok) throw new Error(`bull-board answered ${response.status} to ${path}`);
    return response.json();
  };
  const readPage = async (page: number, size: number) => {
    const query = `?activeQueue=${QUEUE}&status=failed&page=${page}&jobsPerPage=${size}`;
    return pageSchema.parse(await ask(query)).queues[0].jobs;
  };

  const page = await meter.during(() => timePages((size) => readPage(1, size)));
  const find = await meter.during(() => pageUntil((at) => readPage(at, LARGEST_PAGE), order));
  const since = Date.now();
  const retryAll = await meter.during(async () =>
    retriedSchema.parse(await ask(`/${QUEUE}/retry/failed`, { method: "PUT" })),
  );
  await untilIdle(url);
  const neverTried = await notTriedSince(url, since);
  const { peak: memoryMb } = await memory.stop();
  await board.stop();
  return { page, find, retryAll, neverTried, memoryMb };
}

/** It has no search over payloads: whoever looks for one turns the pages. */
async function pageUntil(
  readPage: (at: number) => Promise<{ data: { order: { id: number } } }[]>,
  order: number,
): Promise<void> {
  for (let at = 1; ; at += 1) {
    const jobs = await readPage(at);
    if (jobs.some(({ data }) => data.order.id === order)) return;
    if (jobs.length === 0) throw new Error(`order ${order} is on no page`);
  }
}
