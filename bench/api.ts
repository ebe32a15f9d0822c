import { sleep } from "#lib/core/time.ts";
import { reportLatencies } from "./report.ts";
import { attach } from "./running.ts";

// Fifty viewers who each ask once a second, in no step with each other, beside the same server's cheapest route.

const VIEWERS = 50;
const SECONDS = 15;
const OVERVIEW_GOAL_MS = 50;
const LIST_GOAL_MS = 150;
const LISTS = [
  "/api/v1/signals/queries",
  "/api/v1/signals/caches",
  "/api/v1/signals/queues",
  "/api/v1/audit",
];

const running = await attach();
await load("/api/v1/overview");
const floor = { what: "/api/v1/health, same load", values: await load("/api/v1/health") };
for (const path of ["/api/v1/overview", ...LISTS]) {
  const goal = LISTS.includes(path) ? LIST_GOAL_MS : OVERVIEW_GOAL_MS;
  reportLatencies(`api.${path}`, await load(path), floor, goal);
}
await running.close();

/** Milliseconds of every answer. */
async function load(path: string): Promise<number[]> {
  const viewers = Array.from({ length: VIEWERS }, () => watch(path));
  return (await Promise.all(viewers)).flat();
}

async function watch(path: string): Promise<number[]> {
  const taken: number[] = [];
  await sleep(Math.random() * 1_000);
  for (let second = 0; second < SECONDS; second++) {
    const start = performance.now();
    const answer = await fetch(running.url + path, { headers: { cookie: running.cookie } });
    await answer.arrayBuffer();
    const ms = performance.now() - start;
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    taken.push(ms);
    await sleep(Math.max(0, 1_000 - ms));
  }
  return taken;
}
